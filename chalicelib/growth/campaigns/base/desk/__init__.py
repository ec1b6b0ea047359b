"""How staff set out campaigns, let them go, and stop them: one way for every play."""
