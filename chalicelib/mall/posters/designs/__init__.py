"""What a poster looks like, as data."""
