"""How many messages of a day ended how."""
