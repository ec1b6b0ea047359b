"""Whether an order is what was asked for."""
