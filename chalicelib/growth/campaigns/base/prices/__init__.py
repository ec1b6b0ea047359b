"""What plays share that sell each SKU at a price of its own, or at a rate for all."""
