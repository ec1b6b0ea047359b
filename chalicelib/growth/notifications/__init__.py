"""Messages to buyers: WeChat's one-time subscribe messages, sent from a queue."""
