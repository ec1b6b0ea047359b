"""What becomes of deposits that are not ordered."""
