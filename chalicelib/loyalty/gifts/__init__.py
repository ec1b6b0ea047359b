"""Gifts by level: birthdays, anniversaries, levels reached, each month."""
