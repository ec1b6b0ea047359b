"""A campaign's own pieces, shown where the product has none."""
