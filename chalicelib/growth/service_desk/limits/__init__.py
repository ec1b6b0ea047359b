"""How much a member may send in a day."""
