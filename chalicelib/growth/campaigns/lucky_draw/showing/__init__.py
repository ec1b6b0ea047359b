"""What buyers see of a draw."""
