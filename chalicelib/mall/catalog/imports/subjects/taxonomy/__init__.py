"""Categories and brands from files."""
