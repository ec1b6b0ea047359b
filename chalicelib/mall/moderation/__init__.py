"""Content that members show to others: WeChat's opinion of it, asked until it is heard."""
