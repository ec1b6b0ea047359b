"""Flash sale: pieces at a price in sessions, under a rush. Promise and algorithm: docs/algorithms/flash-sale.md."""
