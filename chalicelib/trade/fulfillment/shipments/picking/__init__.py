"""What to take from the shelves, and what goes into which box."""
