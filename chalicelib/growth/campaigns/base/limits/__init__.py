"""How much a member may have of a campaign."""
