"""What coupons are good for."""
