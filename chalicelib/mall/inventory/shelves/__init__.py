"""Pieces that lie elsewhere than in the product's own stock, and that a buyer gets without asking for them."""
