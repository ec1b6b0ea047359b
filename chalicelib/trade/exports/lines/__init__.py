"""Orders, one line a row."""
