"""N pieces for a price, or the Nth piece at a rate."""
