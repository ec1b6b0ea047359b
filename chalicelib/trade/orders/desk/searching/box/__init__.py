"""The one box: what somebody typed into it."""
