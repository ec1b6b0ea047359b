"""One draw."""
