"""Points: earned, spent, exchanged, expired; a ledger that adds up."""
