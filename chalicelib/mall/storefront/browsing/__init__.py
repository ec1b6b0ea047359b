"""The category tree, the brands, and the page of a product."""
