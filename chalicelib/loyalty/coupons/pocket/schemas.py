"""My coupons."""

from __future__ import annotations

from enum import StrEnum

from chalicelib.core.schemas import PageQuery


class Show(StrEnum):
    USABLE = "usable"
    USED = "used"
    EXPIRED = "expired"
    ALL = "all"


class ListCoupons(PageQuery):
    """``GET /me/coupons``."""

    show: Show = Show.USABLE
