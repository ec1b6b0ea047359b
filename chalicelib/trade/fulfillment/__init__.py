"""From a paid order to a completed one: planned, shipped, on the way, received. See docs/algorithms/delivery.md."""
