"""体验官: members apply with answers, some are picked, try the goods and report. docs/algorithms/product-trial.md."""
