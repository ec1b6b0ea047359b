"""What the first screen needs, in one answer."""
