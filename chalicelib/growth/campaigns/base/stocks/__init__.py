"""Pieces set aside for a campaign, and what is left of them given back."""
