"""How an order is found by the numbers of its payments."""
