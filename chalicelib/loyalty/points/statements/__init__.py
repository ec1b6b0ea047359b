"""What members and staff read of points."""
