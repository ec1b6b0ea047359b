"""What stands in one cell of a CSV file."""
