"""Our books against the channel's bills, and balances against their ledgers. See docs/algorithms/reconciliation.md."""
