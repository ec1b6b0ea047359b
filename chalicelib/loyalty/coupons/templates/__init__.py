"""What staff set out, and how it goes."""
