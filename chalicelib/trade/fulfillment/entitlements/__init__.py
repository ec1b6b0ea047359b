"""What a buyer fetches or uses at a store, by a code. Algorithm: docs/algorithms/pickup.md."""
