"""What staff do with reviews."""
