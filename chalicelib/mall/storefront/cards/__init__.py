"""A product as a list shows it, and as search knows it."""
