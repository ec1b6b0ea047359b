"""The two who call: buyers and staff. Everything else of identity is in its sub-packages."""

from chalicelib.mall.identity.staff.service import Staff
from chalicelib.mall.identity.tokens.service import Buyer

__all__ = ["Buyer", "Staff"]
