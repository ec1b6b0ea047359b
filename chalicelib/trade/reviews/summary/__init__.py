"""The numbers of a product's reviews."""
