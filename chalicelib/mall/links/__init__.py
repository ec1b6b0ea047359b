"""Short codes: any page with its parameters behind a few characters. docs/algorithms/links.md"""
