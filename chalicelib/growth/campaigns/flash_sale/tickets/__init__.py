"""Tickets: got first come, first served; spent by an order, or returned."""
