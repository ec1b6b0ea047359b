"""A draw: chances, a wheel, prizes."""
