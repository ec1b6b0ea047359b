"""The worst case of points, for whoever sets a price."""
