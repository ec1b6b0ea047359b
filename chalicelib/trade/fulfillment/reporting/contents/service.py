"""What WeChat is told of an order: made of order, parcels and couriers alone, so that one truth says the same twice."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence

from chalicelib.gateways.wechat.shipping import (
    CONTACT_NEEDED_BY,
    DESCRIPTION_LENGTH,
    MOST_PARCELS,
    Kind,
    Mode,
    ParcelInfo,
    PaymentKey,
    ShippingInfo,
)
from chalicelib.trade.fulfillment.carriers import service as carriers
from chalicelib.trade.fulfillment.shipments.models import Delivery, Parcel, ParcelLine
from chalicelib.trade.orders.models import Fulfillment, Order, OrderStatus
from chalicelib.trade.pricing.schemas import PricedLine

KINDS = {
    Delivery.EXPRESS: Kind.EXPRESS,
    Delivery.SAME_CITY: Kind.SAME_CITY,
    Delivery.PICKUP: Kind.PICKUP,
    Delivery.VIRTUAL: Kind.VIRTUAL,
}
"""WeChat takes one kind for a payment: of several, the first of these."""
IN_PERSON = {Fulfillment.PICKUP: Kind.PICKUP, Fulfillment.VOUCHER: Kind.VIRTUAL, Fulfillment.CODE: Kind.VIRTUAL}
"""Orders that nobody carries: one kind for all of it."""


def all_left(order: Order) -> bool:
    """Whether nothing of the order is left to send. Vouchers are with their buyer when they are given."""
    return order.fulfillment is Fulfillment.VOUCHER or order.status in (OrderStatus.SHIPPED, OrderStatus.COMPLETED)


def has_left(order: Order) -> bool:
    """Whether there is something to tell: a parcel has left, or nobody carries it."""
    return order.fulfillment in IN_PERSON or any(True for _ in Parcel.query(order.id, limit=1))


def describe(
    order: Order, parcels: Sequence[Parcel], *, key: PaymentKey, openid: str, split: bool
) -> ShippingInfo | None:
    """All that has left so far, as WeChat wants to hear it; None: nothing has, and nothing will.

    One express parcel that holds all that WeChat can be told of goes unified; otherwise express goes split, with at
    most 15 parcels, the first ones. Without express, everything is one entry: WeChat splits express only.

    What nobody carries is told whole: it waits for the buyer, or is with them; the same words either way.

    :param split: WeChat was told of this order in split mode before: to change that would use its one correction.
    """
    if order.status is OrderStatus.CANCELED:
        return None
    if order.fulfillment in IN_PERSON:
        what = ParcelInfo(item_desc=description(order.lines))
        return ShippingInfo(key, openid, IN_PERSON[order.fulfillment], Mode.UNIFIED, True, (what,))
    express = [parcel for parcel in parcels if parcel.delivery is Delivery.EXPRESS]
    express = sorted(express, key=lambda each: (each.shipped_at, each.id))[:MOST_PARCELS]
    if not parcels:
        return None
    if not express:
        kind = next(kind for delivery, kind in KINDS.items() if any(each.delivery is delivery for each in parcels))
        lines = [line for parcel in sorted(parcels, key=lambda each: each.id) for line in parcel.lines]
        return ShippingInfo(key, openid, kind, Mode.UNIFIED, True, (ParcelInfo(item_desc=description(lines)),))
    unified = all_left(order) and len(express) == 1 and not split
    return ShippingInfo(
        key,
        openid,
        Kind.EXPRESS,
        Mode.UNIFIED if unified else Mode.SPLIT,
        all_left(order),
        tuple(_express(order, parcel) for parcel in express),
    )


def digest(info: ShippingInfo) -> str:
    """Equal for what tells the same."""
    text = json.dumps(info.document(), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def description(lines: Iterable[ParcelLine | PricedLine]) -> str:
    """``蚕丝被*2；枕头*1``, pieces of the same name added up, cut to 120 characters."""
    pieces: dict[str, int] = {}
    for line in lines:
        name = "".join(each for each in line.name if each.isprintable()).strip() or "商品"
        pieces[name] = pieces.get(name, 0) + line.quantity
    text = "；".join(f"{name}*{quantity}" for name, quantity in pieces.items()) or "商品"
    if len(text) <= DESCRIPTION_LENGTH:
        return text
    more = f"…等{sum(pieces.values())}件"
    return text[: DESCRIPTION_LENGTH - len(more)] + more


def masked(phone: str) -> str:
    """``138****5678``: the last four digits stay visible."""
    digits = "".join(each for each in phone if each.isdigit())
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 8 else f"****{digits[-4:].rjust(4, '0')}"


def _express(order: Order, parcel: Parcel) -> ParcelInfo:
    company = _company(parcel)
    return ParcelInfo(
        item_desc=description(parcel.lines),
        tracking_no=parcel.tracking_number,
        company=company,
        receiver_contact=masked(order.receiver.phone) if company == CONTACT_NEEDED_BY else None,
    )


def _company(parcel: Parcel) -> str:
    """WeChat's name of the courier; empty if it has none: WeChat refuses that, and staff see why."""
    courier = carriers.all_carriers().get(parcel.carrier or "")
    return (courier.wechat if courier else None) or ""
