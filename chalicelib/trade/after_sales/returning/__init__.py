"""The way back of the goods."""
