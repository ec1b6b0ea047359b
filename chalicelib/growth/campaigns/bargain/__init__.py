"""Bargain: friends cut a price. Promise and algorithm: docs/algorithms/bargain.md."""
