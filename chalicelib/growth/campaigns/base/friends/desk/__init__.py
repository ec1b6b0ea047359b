"""What members started with friends, as staff find it."""
