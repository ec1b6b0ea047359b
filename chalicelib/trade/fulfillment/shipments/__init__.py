"""Shipments and their parcels: planned when an order is ready, shipped by staff."""
