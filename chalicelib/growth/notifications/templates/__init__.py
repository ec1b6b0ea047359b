"""Which template of WeChat tells which kind, and what stands in it."""
