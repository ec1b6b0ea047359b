"""What a process remembers for a moment, so that a rush is answered without asking the tables."""
