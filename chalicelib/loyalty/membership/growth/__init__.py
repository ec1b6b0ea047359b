"""The ledger of growth: earned, taken back, adjusted."""
