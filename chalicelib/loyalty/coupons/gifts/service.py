"""A coupon goes to a friend: out of one's book, behind an id that can not be guessed, into the other's."""

from __future__ import annotations

import secrets
from datetime import timedelta

from chalicelib.core import clock, ids, states
from chalicelib.core.ledgers import insistently
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.coupons import service
from chalicelib.loyalty.coupons.errors import (
    AlreadyGiven,
    CouponMoved,
    CouponNotUsable,
    GiftOver,
    NotTransferable,
    OwnGift,
)
from chalicelib.loyalty.coupons.events import GiftEnds
from chalicelib.loyalty.coupons.gifts.schemas import GiftView
from chalicelib.loyalty.coupons.models import (
    COUPON_STEPS,
    GIFT_STEPS,
    Coupon,
    CouponStatus,
    Gift,
    GiftStatus,
)
from chalicelib.mall.identity.members import service as members

OPEN_FOR = timedelta(hours=24)


def offer(member_id: str, coupon_id: str) -> GiftView:
    """Put the coupon behind a gift's id for a day; one that is offered already keeps its gift.

    :raises CouponNotFound, NotTransferable: :raises CouponNotUsable: it is used or over.
    """
    return insistently(lambda: _offer(member_id, coupon_id))


def _offer(member_id: str, coupon_id: str) -> GiftView:
    coupon, now = service.load(member_id, coupon_id), clock.now()
    if coupon.status is CouponStatus.GIVING and coupon.gift_id:
        return GiftView.of(load(coupon.gift_id), coupon)
    if coupon.status is not CouponStatus.UNUSED or coupon.expires_at <= now:
        raise CouponNotUsable(reason="已使用或已过期")
    if not coupon.terms.transferable:
        raise NotTransferable()
    gift = Gift(
        id=f"cgf_{secrets.token_hex(16)}",
        member_id=member_id,
        coupon_id=coupon.id,
        status=GiftStatus.OPEN,
        until=min(now + OPEN_FOR, coupon.expires_at),
    )
    with Transaction() as tx:
        _move(tx, coupon, CouponStatus.GIVING, gift.id)
        service.change_book(tx, service.book_of(member_id), drop=[coupon.id])
        tx.put(gift)
        tx.emit(GiftEnds(gift_id=gift.id), at=gift.until)
    return GiftView.of(gift, coupon)


def look(gift_id: str) -> GiftView:
    """:raises GiftOver: there is no such gift."""
    gift = load(gift_id)
    return GiftView.of(gift, service.load(gift.member_id, gift.coupon_id))


def take(friend_id: str, gift_id: str) -> Coupon:
    """The friend's new coupon.

    :raises GiftOver: taken by another, called back, or too late. :raises OwnGift, BookFull:
    """
    return insistently(lambda: _take(friend_id, gift_id))


def _take(friend_id: str, gift_id: str) -> Coupon:
    gift, coupon_id = load(gift_id), ids.derive("cpn", gift_id)
    if gift.status is GiftStatus.TAKEN and gift.taken_by == friend_id:
        return service.load(friend_id, coupon_id)
    if gift.member_id == friend_id:
        raise OwnGift()
    if gift.status is not GiftStatus.OPEN or gift.until <= clock.now():
        raise GiftOver()
    old = service.load(gift.member_id, gift.coupon_id)
    template = service.template_of(old.template_id)
    try:
        with Transaction() as tx:
            _end(tx, gift, GiftStatus.TAKEN, friend_id)
            _move(tx, old, CouponStatus.GIVEN, gift.id)
            members.require_active(tx, friend_id)
            return service.issue(tx, template, service.book_of(friend_id), coupon_id=coupon_id, source="gift", like=old)
    except (CouponMoved, AlreadyGiven):
        raise GiftOver() from None


def call_back(member_id: str, coupon_id: str) -> None:
    """The holder wants it back. :raises GiftOver: it is not offered, or the friend was faster."""

    def act() -> None:
        coupon = service.load(member_id, coupon_id)
        if coupon.status is not CouponStatus.GIVING or not coupon.gift_id:
            raise GiftOver()
        with Transaction() as tx:
            end(tx, load(coupon.gift_id))

    insistently(act)


def end(tx: Transaction, gift: Gift) -> None:
    """Nobody took it: the coupon is its holder's again. A gift that is over is left alone."""
    if gift.status is not GiftStatus.OPEN:
        return
    coupon = service.load(gift.member_id, gift.coupon_id)
    _end(tx, gift, GiftStatus.ENDED, None)
    _move(tx, coupon, CouponStatus.UNUSED, gift.id)
    service.change_book(tx, service.book_of(gift.member_id), add=[coupon])


def load(gift_id: str) -> Gift:
    """:raises GiftOver: there is no such gift."""
    gift = Gift.find(gift_id, consistent=True)
    if gift is None:
        raise GiftOver()
    return gift


def _move(tx: Transaction, coupon: Coupon, to: CouponStatus, gift_id: str) -> None:
    as_read = Coupon.status == coupon.status
    if coupon.status is CouponStatus.GIVING:
        as_read &= Coupon.gift_id == gift_id
    item = Coupon(member_id=coupon.member_id, id=coupon.id)
    mark = Coupon.gift_id.set(gift_id)
    states.move(tx, item, Coupon.status, COUPON_STEPS, to, mark, also=as_read, otherwise=CouponMoved())


def _end(tx: Transaction, gift: Gift, to: GiftStatus, friend_id: str | None) -> None:
    actions = [Gift.taken_by.set(friend_id)] if friend_id else []
    states.move(tx, Gift(id=gift.id), Gift.status, GIFT_STEPS, to, *actions, otherwise=GiftOver())
