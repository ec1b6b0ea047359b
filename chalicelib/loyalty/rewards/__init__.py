"""Rewards: what features give to members, as data, each part once."""
