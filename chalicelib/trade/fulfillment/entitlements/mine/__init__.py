"""What buyers see of it: their codes."""
