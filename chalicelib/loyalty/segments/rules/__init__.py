"""The rule language of segments."""
