"""What staff look through: what is to ship, what is late."""
