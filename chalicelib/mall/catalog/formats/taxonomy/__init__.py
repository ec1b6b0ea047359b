"""Categories and brands in files."""
