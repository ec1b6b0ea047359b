"""How coupons react: they come back with what they were used on, end with their gifts, and are counted."""

from __future__ import annotations

from pynamodb.expressions.update import Action

from chalicelib.core import clock
from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.coupons import service
from chalicelib.loyalty.coupons.adjuster import STEPS
from chalicelib.loyalty.coupons.codes import service as codes
from chalicelib.loyalty.coupons.events import (
    CouponIssued,
    CouponRedeemed,
    CouponReturned,
    CouponUsed,
    GiftEnds,
    GiveNext,
    MakeCodes,
)
from chalicelib.loyalty.coupons.gifts import service as gifts
from chalicelib.loyalty.coupons.grants import service as grants
from chalicelib.loyalty.coupons.models import GrantStatus, TemplateDay
from chalicelib.loyalty.coupons.templates import service as templates
from chalicelib.loyalty.segments import service as segments
from chalicelib.loyalty.segments.members import service as facts
from chalicelib.loyalty.segments.rules.schemas import About
from chalicelib.trade.fulfillment.entitlements.counters import service as counters
from chalicelib.trade.fulfillment.entitlements.models import StoreDay
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.events import OrderCanceled, UnitsRefunded
from chalicelib.trade.orders.models import Order
from chalicelib.trade.pricing.schemas import Adjustment


@subscribe(OrderCanceled, queue="reactions")
def return_coupons(event: OrderCanceled, tx: Transaction) -> None:
    """The coupons of a canceled order are their holder's again."""
    order = orders.load(event.member_id, event.order_id, consistent=True)
    service.give_back(tx, order.member_id, [each.source_id for each in _used(order)], order.id)


@subscribe(UnitsRefunded, queue="reactions")
def return_coupons_of_refunded(event: UnitsRefunded, tx: Transaction) -> None:
    """A coupon comes back with the last piece of what it covered."""
    order = orders.load(event.member_id, event.order_id)
    gone = {int(number): pieces for number, pieces in event.refunded.items()}
    back = [each.source_id for each in _used(order) if _nothing_stays(order, each, gone)]
    service.give_back(tx, order.member_id, back, order.id)


@subscribe(GiftEnds, queue="reactions")
def end_gift(event: GiftEnds, tx: Transaction) -> None:
    """Nobody took it in time."""
    gifts.end(tx, gifts.load(event.gift_id))


@subscribe(MakeCodes, queue="reactions")
def make_codes(event: MakeCodes, tx: Transaction) -> None:
    """The next chunk of a batch of single codes."""
    codes.make_chunk(tx, codes.load_batch(event.batch_id), event.start)


@subscribe(GiveNext, queue="reactions")
def give_next(event: GiveNext, tx: Transaction) -> None:
    """The next chunk of a grant. Each member's coupon stands alone: a redelivery finds them given."""
    grant = grants.load(event.grant_id)
    if grant.status is GrantStatus.DONE:
        return
    if grant.segment_id is not None:
        member_ids, cursor = segments.page_of_members(grant.segment_id, event.cursor or None, grants.CHUNK)
        following = GiveNext(grant_id=grant.id, cursor=cursor) if cursor else None
    else:
        end = event.start + grants.CHUNK
        member_ids = grant.member_ids[event.start : end]
        following = GiveNext(grant_id=grant.id, start=end) if end < len(grant.member_ids) else None
    given, refused = grants.give(grant, member_ids)
    grants.note(tx, grant, given, refused, done=following is None)
    if following is not None:
        tx.emit(following)


@subscribe(CouponIssued, queue="reactions")
def count_issued(event: CouponIssued, tx: Transaction) -> None:
    """The template's issued coupons of the day."""
    templates.count(tx, event.template_id, event.coupon_id, TemplateDay.issued_count.add(1))


@subscribe(CouponUsed, queue="reactions")
def count_used(event: CouponUsed, tx: Transaction) -> None:
    """The template's used coupons of the day, with what they took off what."""
    _count_order(tx, event, TemplateDay.used_count.add(1), 1)


@subscribe(CouponReturned, queue="reactions")
def count_returned(event: CouponReturned, tx: Transaction) -> None:
    """The template's returned coupons of the day; what they took off is taken out again."""
    _count_order(tx, event, TemplateDay.returned_count.add(1), -1)


@subscribe(CouponUsed, queue="reactions")
def note_used(event: CouponUsed, tx: Transaction) -> None:
    """One more coupon that the member used."""
    facts.did(tx, event.member_id, About.COUPON_COUNT)


@subscribe(CouponReturned, queue="reactions")
def note_returned(event: CouponReturned, tx: Transaction) -> None:
    """It was not used after all."""
    facts.did(tx, event.member_id, About.COUPON_COUNT, times=-1)


@subscribe(CouponRedeemed, queue="reactions")
def note_redeemed(event: CouponRedeemed, tx: Transaction) -> None:
    """The member used one in a store."""
    facts.did(tx, event.member_id, About.COUPON_COUNT, store_id=event.store_id)


@subscribe(CouponRedeemed, queue="reactions")
def count_redeemed(event: CouponRedeemed, tx: Transaction) -> None:
    """The template's coupons used in stores, of the day, with what they took off what."""
    terms, goods = service.load(event.member_id, event.coupon_id).terms, event.goods_amount
    templates.count(
        tx,
        event.template_id,
        event.coupon_id,
        TemplateDay.redeemed_count.add(1),
        TemplateDay.redeemed_goods_amount.add(goods),
        TemplateDay.redeemed_discount_amount.add(terms.off(goods)),
    )


@subscribe(CouponRedeemed, queue="reactions")
def count_in_store(event: CouponRedeemed, tx: Transaction) -> None:
    """The store's coupons of the day, and what was bought with them."""
    bought = StoreDay.redeemed_goods_amount.add(event.goods_amount)
    counters.count(tx, event.store_id, event.used_at or clock.now(), StoreDay.redeemed_count.add(1), bought)


def _count_order(tx: Transaction, event: CouponUsed | CouponReturned, counted: Action, sign: int) -> None:
    order = orders.load(event.member_id, event.order_id)
    taken = -sum(each.amount for each in _used(order) if each.source_id == event.coupon_id)
    off = TemplateDay.discount_amount.add(sign * taken)
    goods = TemplateDay.goods_amount.add(sign * order.goods_amount)
    templates.count(tx, event.template_id, event.coupon_id, counted, off, goods)


def _used(order: Order) -> list[Adjustment]:
    return [each for each in order.adjustments if each.kind in STEPS]


def _nothing_stays(order: Order, used: Adjustment, gone: dict[int, int]) -> bool:
    covered = [number for number, share in enumerate(used.shares) if share]
    return all(gone.get(number, 0) >= order.lines[number].quantity for number in covered)
