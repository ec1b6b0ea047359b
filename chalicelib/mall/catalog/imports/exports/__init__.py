"""Files out of the catalog, in the formats that imports read."""
