"""Templates: those that come with the mall, and the staff's own."""
