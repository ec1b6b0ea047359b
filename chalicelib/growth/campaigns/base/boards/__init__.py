"""Boards: which campaigns a basket meets, known in its one round trip."""
