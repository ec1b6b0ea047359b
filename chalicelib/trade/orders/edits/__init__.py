"""What staff may change on an order: its price before payment, its receiver before shipping, notes."""
