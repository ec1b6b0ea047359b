"""Streaks, as pure functions of the days that count."""
