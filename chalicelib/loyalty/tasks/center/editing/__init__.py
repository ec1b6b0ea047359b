"""Tasks as staff write them."""
