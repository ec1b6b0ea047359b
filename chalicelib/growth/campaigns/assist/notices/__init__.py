"""What the starter of an assist is told."""
