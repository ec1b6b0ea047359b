"""What does not agree, and what became of it."""
