"""Kuaidi100: where parcels are, asked and told."""
