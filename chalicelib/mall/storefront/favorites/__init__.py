"""What members like: their list, and how many like a product."""
