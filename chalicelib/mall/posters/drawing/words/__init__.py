"""Text, prices and columns of them."""
