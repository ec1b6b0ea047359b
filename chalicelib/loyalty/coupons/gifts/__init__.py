"""A coupon handed to a friend."""
