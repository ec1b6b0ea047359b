"""Buyers who have agreed, kinds that are mapped, and what happens to orders."""

from __future__ import annotations

from chalicelib.core import clock, ids
from chalicelib.core.transaction import Transaction
from chalicelib.growth.notifications.models import Message, MessageQuota
from chalicelib.mall.identity.members import service as members
from chalicelib.mall.identity.members.models import IdentityKey, openid_key
from chalicelib.trade.fulfillment.shipments.events import ParcelShipped
from chalicelib.trade.fulfillment.shipments.models import Parcel
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.models import Order
from tests.trade.factories import Shopper, shopper
from tests.trade.payments.factories import now_of, place

__all__ = ["Buyer", "buyer", "messages_of", "order_of", "parcel_of", "pay", "place", "quota", "ship"]


class Buyer:
    """A member whom WeChat knows by *openid*."""

    def __init__(self, member: Shopper, openid: str) -> None:
        self.member, self.id, self.openid = member, member.id, openid

    @property
    def token(self) -> str:
        return self.member.token


def buyer(name: str = "one") -> Buyer:
    """A member who has logged in once."""
    made, openid = shopper(name), f"o-{name}"
    key = openid_key(openid)
    IdentityKey(key=key, member_id=made.id).save()
    member = members.active(made.id)
    member.identity_keys = {key}
    member.save()
    return Buyer(made, openid)


def order_of(person: Buyer) -> Order:
    """An unpaid order."""
    return place(member_id=person.id)


def pay(order: Order) -> None:
    """The order is paid, by whatever way."""
    with Transaction() as tx:
        orders.pay(tx, now_of(order), payment_id="pay_1", amount=order.payable_amount)


def parcel_of(order: Order, number: str = "SF1234567890123") -> Parcel:
    """A parcel of the order, by courier."""
    parcel = Parcel(
        order_id=order.id,
        id=ids.new("pcl"),
        shipment_id="shp_1",
        member_id=order.member_id,
        order_number=order.number,
        carrier="sf",
        tracking_number=number,
        lines=[],
        shipped_at=clock.now(),
    )
    parcel.save()
    return parcel


def ship(order: Order, number: str = "SF1234567890123") -> Parcel:
    """A parcel leaves."""
    parcel = parcel_of(order, number)
    with Transaction() as tx:
        tx.emit(ParcelShipped(member_id=order.member_id, order_id=order.id, parcel_id=parcel.id))
    return parcel


def messages_of(person: Buyer) -> list[Message]:
    """What is stored."""
    return list(Message.query(person.id, consistent_read=True))


def quota(person: Buyer, template_id: str) -> int:
    """How many are left."""
    found = MessageQuota.find(person.id, template_id, consistent=True)
    return found.left if found else 0
