"""Files that bring in categories, brands and products, and take them out."""
