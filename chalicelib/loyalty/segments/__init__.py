"""Who members are: facts, tags, lifecycle, and segments by one rule language."""
