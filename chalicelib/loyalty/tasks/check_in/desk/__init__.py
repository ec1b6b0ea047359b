"""What staff see of check-in."""
