"""What members started with friends, as they see it."""
