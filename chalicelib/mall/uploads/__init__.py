"""Pictures that buyers send: for reviews, and for whatever else takes some."""
