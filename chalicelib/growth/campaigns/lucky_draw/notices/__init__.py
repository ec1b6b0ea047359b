"""What winners hear."""
