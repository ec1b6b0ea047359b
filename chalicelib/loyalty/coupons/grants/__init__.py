"""Coupons given by staff to many members."""
