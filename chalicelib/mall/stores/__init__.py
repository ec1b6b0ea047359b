"""The shop's places: stores that buyers visit, and where parcels leave from. docs/algorithms/stores.md"""
