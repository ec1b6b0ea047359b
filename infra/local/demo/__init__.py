"""The demo shop: invented goods, pictures that the program draws, and one purchase told step by step."""
