"""What follows from a decision, for each order."""
