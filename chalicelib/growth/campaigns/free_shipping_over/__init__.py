"""Free shipping from so much on, to some regions or to all."""
