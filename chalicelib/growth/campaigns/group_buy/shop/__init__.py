"""Groups as buyers see them."""
