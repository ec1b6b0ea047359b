"""Paid membership cards: a level for money, until a date."""
