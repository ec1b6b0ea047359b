"""How points are earned and spent: set by staff."""
