"""Login of the staff."""
