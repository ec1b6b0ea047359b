"""Products in files."""
