"""The worst case of coupons, for whoever sets a price."""
