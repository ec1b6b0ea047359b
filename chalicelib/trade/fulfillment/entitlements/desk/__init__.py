"""What staff of a store look through: what waits, what was handed over, how many."""
