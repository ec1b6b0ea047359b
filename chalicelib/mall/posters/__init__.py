"""Share posters, drawn on a queue."""
