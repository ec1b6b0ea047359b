"""The order: its record, its states, what buyers see of it."""
