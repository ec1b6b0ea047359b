"""Refusals of rewards."""

from chalicelib.core.errors import DomainError


class NothingWaits(DomainError):
    """It was taken before, or there is no such coupon."""

    code, status, message = "waiting_coupon_not_found", 404, "没有待领取的优惠券"
