"""Check-in: a day, a streak, a cycle of rewards, and cards that mend a missed day."""
