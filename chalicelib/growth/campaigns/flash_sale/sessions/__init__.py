"""Sessions as buyers see them."""
