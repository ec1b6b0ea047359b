"""How entitlements end."""
