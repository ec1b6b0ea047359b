"""A buyer reviews the lines of an order."""
