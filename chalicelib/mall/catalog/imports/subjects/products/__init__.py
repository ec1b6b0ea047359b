"""Products from files."""
