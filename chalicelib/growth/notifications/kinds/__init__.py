"""What can be told: the catalog of kinds of notices."""
