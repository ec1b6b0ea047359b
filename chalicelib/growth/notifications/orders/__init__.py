"""Notices about orders, parcels and refunds."""
