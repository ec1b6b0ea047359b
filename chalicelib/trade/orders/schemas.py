"""What buyers see of orders."""

from __future__ import annotations

from datetime import datetime

from chalicelib.core.schemas import Fen, PageQuery, Schema
from chalicelib.trade.orders.models import Fulfillment, Order, OrderStatus, PickupPlace, Receiver
from chalicelib.trade.pricing.schemas import Adjustment, PricedLine, SignedFen


class ListOrders(PageQuery):
    """``GET /orders``."""

    status: OrderStatus | None = None


class OrderLineView(Schema):
    product_id: str
    sku_id: str
    name: str
    spec: str
    picture: str
    quantity: int
    unit_amount: Fen
    goods_amount: Fen
    payable_amount: Fen
    """After this line's share of all discounts."""
    given: bool = False
    """Added by a discount: a gift."""

    @classmethod
    def of(cls, line: PricedLine) -> OrderLineView:
        return cls(**line.model_dump(include=set(cls.model_fields)))


class OrderedLineView(OrderLineView):
    """A line of an order."""

    refunded_quantity: int
    """Pieces of it that went back, or whose money did; of an order that was called off as a whole, none."""

    @classmethod
    def all_of(cls, order: Order) -> list[OrderedLineView]:
        return [
            cls(**OrderLineView.of(line).model_dump(), refunded_quantity=order.refunded_units.get(str(number), 0))
            for number, line in enumerate(order.lines)
        ]


class AdjustmentView(Schema):
    kind: str
    title: str
    target: str
    amount: int
    """Negative: a discount. Positive: a charge."""

    @classmethod
    def of(cls, adjustment: Adjustment) -> AdjustmentView:
        return cls(**adjustment.model_dump(include=set(cls.model_fields)))


class ReceiverView(Schema):
    name: str
    phone: str
    region_code: str
    province: str
    city: str
    district: str
    detail: str

    @classmethod
    def of(cls, receiver: Receiver) -> ReceiverView:
        return cls(**receiver.model_dump())


class PlaceView(Schema):
    """The store at which an order is fetched, as it was when the order was placed."""

    store_id: str
    name: str
    phone: str | None
    latitude: int | None
    longitude: int | None

    @classmethod
    def of(cls, place: PickupPlace) -> PlaceView:
        return cls(**place.model_dump())


class TimelineView(Schema):
    """One step of the order's life."""

    kind: str
    at: datetime


class OrderCard(Schema):
    """An order in a list."""

    id: str
    number: str
    status: OrderStatus
    fulfillment: Fulfillment
    """How the buyer gets it."""
    placed_at: datetime
    pay_by: datetime
    payable_amount: Fen
    lines: list[OrderedLineView]

    @classmethod
    def of(cls, order: Order) -> OrderCard:
        return cls(
            id=order.id,
            number=order.number,
            status=order.status,
            fulfillment=order.fulfillment,
            placed_at=order.placed_at,
            pay_by=order.pay_by,
            payable_amount=order.payable_amount,
            lines=OrderedLineView.all_of(order),
        )


class OrderView(OrderCard):
    """An order in full."""

    goods_amount: Fen
    discount_amount: SignedFen
    """Negative where staff raised the price."""
    freight_amount: Fen
    paid_amount: Fen
    adjustments: list[AdjustmentView]
    receiver: ReceiverView
    place: PlaceView | None
    """Where it is fetched; only of a pickup."""
    remark: str | None
    cancel_reason: str | None
    advance_amount: Fen
    """Of the payable amount, what was paid before the order: the rest is what is left to pay."""
    ship_by: datetime | None
    """Promised to leave by then, where that is later than usual."""
    complete_by: datetime | None
    """When a shipped order completes by itself, unless a parcel is on its way or in trouble."""
    holds: list[str]
    """What a paid order still waits for before it is sent: `name:id` of what decides."""
    timeline: list[TimelineView]

    @classmethod
    def of(cls, order: Order) -> OrderView:
        return cls(
            **OrderCard.of(order).model_dump(),
            goods_amount=order.goods_amount,
            discount_amount=order.discount_amount,
            freight_amount=order.freight_amount,
            paid_amount=order.paid_amount,
            adjustments=[AdjustmentView.of(each) for each in order.adjustments],
            receiver=ReceiverView.of(order.receiver),
            place=PlaceView.of(order.place) if order.place else None,
            remark=order.remark,
            cancel_reason=order.cancel_reason,
            advance_amount=min(order.advance.amount, order.payable_amount) if order.advance else 0,
            ship_by=order.ship_by,
            complete_by=order.complete_by,
            holds=order.holds,
            timeline=timeline(order),
        )


def timeline(order: Order) -> list[TimelineView]:
    """The steps the order has taken, oldest first."""
    steps = [
        ("placed", order.placed_at),
        ("paid", order.paid_at),
        ("processing", order.processing_at),
        ("shipped", order.shipped_at),
        ("completed", order.completed_at),
        ("canceled", order.canceled_at),
    ]
    return [TimelineView(kind=kind, at=at) for kind, at in steps if at is not None]
