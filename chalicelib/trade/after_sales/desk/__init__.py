"""What staff do and see."""
