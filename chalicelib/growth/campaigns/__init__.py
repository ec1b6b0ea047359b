"""Campaigns: one small base, and a folder for each play. Promise and algorithm: docs/algorithms/campaigns.md."""
