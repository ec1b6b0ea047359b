"""What a play brings along: its settings, what it refuses, what it posts, what buyers read."""
