"""People: who buys, who works here, what they agreed to. Rules: docs/algorithms/identity.md."""
