"""The worker: it takes an import through its phases, and survives dying anywhere."""
