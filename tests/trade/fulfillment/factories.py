"""Orders on their way out: paid, planned, shipped by real steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from chalicelib.core import clock, ids
from chalicelib.core.transaction import Transaction
from chalicelib.mall.inventory.models import Stock
from chalicelib.trade.fulfillment.shipments import service as shipments
from chalicelib.trade.fulfillment.shipments.models import Parcel, Shipment
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.models import Order, OrderStatus, Receiver, status_day
from chalicelib.trade.pricing.schemas import PricedLine
from tests.trade.payments.factories import buyer_token, now_of, staff_token

__all__ = ["buyer_token", "now_of", "staff_token"]

MEMBER = "mem_one"
SF = {"carrier": "sf", "tracking_number": "SF1234567890123"}
ZTO = {"carrier": "zto", "tracking_number": "78712345678901"}
Lines = Sequence[tuple[str, int]]


def waybill(number: int) -> dict[str, str]:
    """A number of its own."""
    return {"carrier": "sf", "tracking_number": f"SF{number:013d}"}


def _line(sku_id: str, quantity: int) -> PricedLine:
    return PricedLine(
        product_id=f"prd_{sku_id}",
        sku_id=sku_id,
        stock_owner=f"prd_{sku_id}",
        name=f"蚕丝被 {sku_id}",
        spec="颜色:白",
        picture=f"https://media.test/{sku_id}.png",
        quantity=quantity,
        unit_amount=1000,
        goods_amount=1000 * quantity,
        payable_amount=1000 * quantity,
    )


def unpaid(lines: Lines = (("sku_1", 2), ("sku_2", 1)), *, member_id: str = MEMBER, holds: Sequence[str] = ()) -> Order:
    """An order as checkout leaves it."""
    now, day = clock.now(), clock.today().isoformat()
    amount = sum(1000 * quantity for _, quantity in lines)
    order = Order(
        member_id=member_id,
        id=ids.new("ord"),
        number=ids.number(),
        day=day,
        status=OrderStatus.PENDING_PAYMENT,
        status_day=status_day(OrderStatus.PENDING_PAYMENT, day),
        phone="13800000000",
        placed_at=now,
        pay_by=now + timedelta(minutes=30),
        goods_amount=amount,
        discount_amount=0,
        freight_amount=0,
        payable_amount=amount,
        lines=[_line(*each) for each in lines],
        adjustments=[],
        holds=list(holds),
        receiver=Receiver(
            name="王小明",
            phone="13800000000",
            region_code="310104",
            province="上海市",
            city="上海市",
            district="徐汇区",
            detail="漕溪北路 1 号",
        ),
    )
    order.save()
    for line in order.lines:
        Stock(owner=line.stock_owner, sku_id=line.sku_id, available=100, updated_at=now).save()
    return order


def pay(order: Order) -> None:
    """The money is there."""
    with Transaction() as tx:
        orders.pay(tx, order, payment_id=f"pay_{order.id}", amount=order.payable_amount)


def paid(lines: Lines = (("sku_1", 2), ("sku_2", 1)), **more: Any) -> Order:
    """An order just paid: its events are on their queues."""
    order = unpaid(lines, **more)
    pay(order)
    return order


def planned(drain: Callable[..., Any], lines: Lines = (("sku_1", 2), ("sku_2", 1)), **more: Any) -> Order:
    """An order that staff can ship, by the whole way: paid, and all messages delivered."""
    order = paid(lines, **more)
    drain()
    return now_of(order)


def to_ship(lines: Lines = (("sku_1", 2), ("sku_2", 1)), **more: Any) -> Order:
    """The same by the step of planning alone, without the messages that lead to it."""
    order = unpaid(lines, **more)
    order.status, order.paid_at, order.paid_amount = OrderStatus.PAID, clock.now(), order.payable_amount
    order.status_day = status_day(OrderStatus.PAID, order.day)
    order.save()
    with Transaction() as tx:
        shipments.plan(tx, order)
    return now_of(order)


def cancel_paid(order: Order) -> None:
    """What a refund of the whole order leaves behind."""
    from chalicelib.trade.orders.events import OrderCanceled

    with Transaction() as tx:
        orders.move(tx, order, OrderStatus.CANCELED, Order.canceled_at.set(clock.now()))
        tx.emit(OrderCanceled(member_id=order.member_id, order_id=order.id, reason="refunded"))


def shipment_of(order: Order) -> Shipment:
    """The one shipment of an order, as stored."""
    (found,) = shipments.of_order(order.id)
    return found


def parcels_of(order: Order) -> list[Parcel]:
    return shipments.parcels_of(order.id)
