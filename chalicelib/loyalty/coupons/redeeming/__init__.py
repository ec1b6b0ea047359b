"""Coupons used in a store."""
