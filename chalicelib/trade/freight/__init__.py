"""What it costs to bring the goods. docs/algorithms/pricing.md, "Freight"."""
