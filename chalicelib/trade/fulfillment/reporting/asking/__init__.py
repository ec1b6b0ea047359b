"""Having WeChat ask the buyer to confirm the receipt."""
