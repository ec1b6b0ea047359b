"""Pictures of posters, fetched from where they may come from, and opened with care."""
