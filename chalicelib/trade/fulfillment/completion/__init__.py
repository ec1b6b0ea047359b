"""The end of an order: by the buyer, by WeChat's word, or by itself."""
