"""What is given, as staff set it."""
