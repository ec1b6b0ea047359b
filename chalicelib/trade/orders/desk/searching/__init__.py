"""One search over all that staff ask for. Algorithm: docs/algorithms/order-desk.md."""
