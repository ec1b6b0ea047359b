"""Notices about invoices."""
