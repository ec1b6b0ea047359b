"""The refund engine: what goes back for pieces, to the fen."""
