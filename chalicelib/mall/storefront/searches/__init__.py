"""What members looked for: their history, and the hot words of all."""
