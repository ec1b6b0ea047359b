"""Pools of codes against the stocks that follow them, every night."""
