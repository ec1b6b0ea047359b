"""After-sales, one a row."""
