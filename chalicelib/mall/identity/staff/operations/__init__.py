"""The operation log: every change made by staff, in the transaction that made it."""
