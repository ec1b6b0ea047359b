"""Products and their SKUs."""
