"""Goods that are codes: a pool by SKU, and one for each piece that is bought. See docs/algorithms/pickup.md."""
