"""What draws posters, on the queue."""
