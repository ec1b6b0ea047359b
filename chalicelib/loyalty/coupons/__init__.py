"""Coupons: templates, claims, redemption. Promise: docs/algorithms/coupons.md."""
