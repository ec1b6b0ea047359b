"""How entitlements begin."""
