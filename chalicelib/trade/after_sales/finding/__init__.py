"""How orders are found by their after-sales."""
