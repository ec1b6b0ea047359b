"""Seats: claimed with the order, paid with it, freed with it."""
