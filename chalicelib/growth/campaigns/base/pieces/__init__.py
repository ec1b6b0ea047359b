"""More pieces for a campaign that runs, or fewer."""
