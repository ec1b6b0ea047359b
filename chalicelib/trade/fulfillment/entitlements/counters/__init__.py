"""Where an entitlement is verified, and who may."""
