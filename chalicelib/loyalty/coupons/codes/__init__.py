"""Coupons behind codes: one word for many, or single codes."""
