"""Refusals of rewards."""

from chalicelib.core.errors import DomainError


class NothingWaits(DomainError):
    """It was taken before, or there is no such coupon."""

    code, status, message = "waiting_coupon_not_found", 404, "没有待领取的优惠券"


class WaitsForRoom(DomainError):
    """Its template is good: the member takes it as soon as there is room."""

    code, status, message = "waits_for_room", 409, "该优惠券仍可领取，不能替换"
