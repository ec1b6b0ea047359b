"""What staff see of a draw."""
