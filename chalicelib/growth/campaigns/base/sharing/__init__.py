"""Campaigns sent on by members."""
