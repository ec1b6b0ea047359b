"""A day compared with its bill, step by step."""
