"""What a reminder says."""
