"""The counter: a code is looked up, and what it is good for handed over."""
