"""What is for sale: categories, brands, products, their pictures, and files that bring them in."""
