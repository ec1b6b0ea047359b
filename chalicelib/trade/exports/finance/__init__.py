"""Money that moved at a channel, one movement a row, and what each day comes to."""
