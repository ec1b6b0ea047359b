"""What came back is looked at."""
