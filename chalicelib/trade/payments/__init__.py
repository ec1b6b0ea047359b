"""How money comes for an order, and goes back. Algorithm and promise: docs/algorithms/payment.md."""
