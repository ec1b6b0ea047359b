"""What everybody sees of a product's reviews."""
