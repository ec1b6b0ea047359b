"""First purchase: a price for members who have never paid, for a while after they registered."""
