"""How many there are: one number per stock key, and the log that explains it. See docs/algorithms/stock.md."""
