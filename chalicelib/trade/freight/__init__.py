"""What it costs to bring the goods."""
