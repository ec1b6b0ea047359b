"""Assist: so many friends unlock a price. Promise and algorithm: docs/algorithms/bargain.md."""
