"""Groups as staff see them."""
