"""When an order may complete by itself: pure."""
