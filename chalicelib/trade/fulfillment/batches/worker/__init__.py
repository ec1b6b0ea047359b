"""The worker: it ships a batch parcel by parcel, and survives dying anywhere."""
