"""Members: one row a person, its keys, its profile, its noticeboard."""
