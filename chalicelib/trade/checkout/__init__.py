"""From a basket to an order: preview, place, close."""
