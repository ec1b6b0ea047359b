"""Invoices, one a row."""
