"""The coupons that a member holds."""
