"""The coupon center: what can be claimed, and claiming it."""
