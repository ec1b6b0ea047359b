"""What is printed, put together from the orders and their shipments as they are this moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.core import clock
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.mall.catalog.products import service as products
from chalicelib.mall.catalog.products.models import Product
from chalicelib.mall.stores import service as stores
from chalicelib.mall.stores.models import Store
from chalicelib.trade.fulfillment.printing.schemas import (
    PackingSlip,
    Party,
    PrintedOrder,
    PrintMark,
    SlipLine,
    SlipShipment,
    SlipsView,
    WaybillData,
)
from chalicelib.trade.fulfillment.reporting.contents.service import description
from chalicelib.trade.fulfillment.shipments import service as shipments
from chalicelib.trade.fulfillment.shipments.errors import ShipmentNotFound
from chalicelib.trade.fulfillment.shipments.models import ParcelLine, Shipment, ShipmentStatus
from chalicelib.trade.orders.desk.service import by_numbers
from chalicelib.trade.orders.errors import OrderNotFound
from chalicelib.trade.orders.models import Fulfillment, Order, OrderStatus
from chalicelib.trade.orders.schemas import PlaceView, ReceiverView


@dataclass(frozen=True)
class Known:
    """What a slip looks up beside the order."""

    products: dict[str, Product]
    places: dict[str, Store]


def slips(numbers: Sequence[str]) -> SlipsView:
    """The slips of some orders: one for each shipment that was not canceled; of an order without one, the order's."""
    orders = by_numbers(numbers)
    known = Known(
        products.products({line.product_id for order in orders.values() for line in order.lines}),
        stores.directory().by_id,
    )
    items = [slip for order in orders.values() for slip in _slips_of(order, known)]
    return SlipsView(items=items, unknown=[each for each in dict.fromkeys(numbers) if each not in orders])


def mark(printed: Sequence[PrintedOrder], actor: str) -> list[PrintMark]:
    """Count one more print of every shipment of these orders; what is not sent by parcel keeps no mark.

    :raises OrderNotFound: no order has one of the numbers; then nothing is counted.
    """
    versions = {each.number: each.order_version for each in printed}
    orders = by_numbers(versions)
    if len(orders) < len(versions):
        raise OrderNotFound()
    found = [(order, each) for order in orders.values() for each in _standing(order)]
    now = clock.now()
    with Transaction() as tx:
        for order, each in found:
            by = [Shipment.printed_at.set(now), Shipment.printed_by.set(actor)]
            tx.update(
                Shipment(order_id=each.order_id, id=each.id),
                [Shipment.print_count.add(1), Shipment.printed_version.set(versions[order.number]), *by],
                only_if=Shipment.id.exists(),
                otherwise=ShipmentNotFound(),
            )
    again = batch_get({Shipment: [(each.order_id, each.id) for _, each in found]}, consistent=True)[Shipment]
    return [PrintMark(order_number=each.order_number, shipment_id=each.id, **_marks(each)) for each in again.values()]


def _standing(order: Order) -> list[Shipment]:
    return [each for each in shipments.of_order(order.id) if each.status is not ShipmentStatus.CANCELED]


def _slips_of(order: Order, known: Known) -> Iterator[PackingSlip]:
    standing = _standing(order) if order.fulfillment is Fulfillment.PARCEL else []
    for shipment in standing:
        yield _slip(order, shipment, known)
    if not standing:
        yield _slip(order, None, known)


def _slip(order: Order, shipment: Shipment | None, known: Known) -> PackingSlip:
    packed = _packed(order, shipment)
    same = ("goods_amount", "discount_amount", "freight_amount", "payable_amount", "paid_amount", "remark", "memo")
    sender = _sender(shipment, known)
    return PackingSlip(
        order_number=order.number,
        order_version=order.version,
        **{name: getattr(order, name) for name in (*same, "status", "fulfillment", "placed_at", "paid_at")},
        shipment=_shipment(shipment, order) if shipment is not None else None,
        sender=sender,
        receiver=ReceiverView.of(order.receiver),
        place=PlaceView.of(order.place) if order.place else None,
        lines=[_line(order, position, packed, known) for position in _positions(order, shipment)],
        pieces=sum(packed.values()),
        waybill=_waybill(order, packed, sender) if packed else None,
    )


def _positions(order: Order, shipment: Shipment | None) -> list[int]:
    return [line.line for line in shipment.lines] if shipment is not None else list(range(len(order.lines)))


def _packed(order: Order, shipment: Shipment | None) -> dict[int, int]:
    """Position of a line → pieces that may leave in this box now. Nothing leaves an order that is not processed."""
    if shipment is None or shipment.open_origin is None or order.status is not OrderStatus.PROCESSING:
        return {}
    return {line.line: line.free for line in shipment.lines if line.free}


def _line(order: Order, position: int, packed: dict[int, int], known: Known) -> SlipLine:
    line = order.lines[position]
    product = known.products.get(line.product_id)
    sku = product.sku(line.sku_id) if product is not None else None
    same = ("product_id", "sku_id", "name", "spec", "picture", "quantity", "given", "unit_amount", "payable_amount")
    return SlipLine(
        **line.model_dump(include=set(same)),
        sku_code=sku.code if sku is not None else None,
        barcode=sku.barcode if sku is not None else None,
        to_pack=packed.get(position, 0),
    )


def _shipment(shipment: Shipment, order: Order) -> SlipShipment:
    same = {name: getattr(shipment, name) for name in ("id", "status", "origin_id", "ship_by", "version")}
    return SlipShipment(**same, **_marks(shipment), reprint=shipment.is_outdated(order.version))


def _marks(shipment: Shipment) -> dict[str, Any]:
    return {
        "print_count": shipment.print_count or 0,
        "printed_at": shipment.printed_at,
        "printed_by": shipment.printed_by,
    }


def _sender(shipment: Shipment | None, known: Known) -> Party | None:
    place = known.places.get(shipment.origin_id) if shipment is not None else None
    if place is None:
        return None
    address = place.province + place.city + place.district + place.detail
    return Party(name=place.name, phone=place.phone, address=address)


def _waybill(order: Order, packed: dict[int, int], sender: Party | None) -> WaybillData:
    to = order.receiver
    lines = [(order.lines[position], pieces) for position, pieces in packed.items()]
    return WaybillData(
        order_number=order.number,
        sender=sender,
        receiver=Party(name=to.name, phone=to.phone, address=to.province + to.city + to.district + to.detail),
        cargo=description(
            ParcelLine(line=0, sku_id=line.sku_id, name=line.name, quantity=pieces) for line, pieces in lines
        ),
        count=1,
        weight_grams=sum(line.weight_grams * pieces for line, pieces in lines),
        remark=order.remark,
    )
