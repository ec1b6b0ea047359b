"""Lists of products: search, filters, sorts, facets, suggestions."""
