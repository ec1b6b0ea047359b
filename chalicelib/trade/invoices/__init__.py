"""Invoices (fapiao): asked for by buyers, issued and reversed by staff. See docs/algorithms/invoices.md."""
