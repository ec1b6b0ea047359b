"""Holders of counters whose ticket was never written."""
