"""Notices about points and coupons."""
