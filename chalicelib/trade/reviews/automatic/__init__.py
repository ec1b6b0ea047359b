"""What time does to orders that nobody reviewed."""
