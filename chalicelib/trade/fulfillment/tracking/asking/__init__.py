"""Asking Kuaidi100, within its limits."""
