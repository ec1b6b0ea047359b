"""Prizes that are goods: a piece waits for its winner until it is ordered, or goes back."""
