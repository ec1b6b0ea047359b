"""The picking list: a wave of what is due. See docs/algorithms/delivery.md, "Picking"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from chalicelib.core import clock
from chalicelib.core.tables import batch_get
from chalicelib.mall.catalog.formats import service as formats
from chalicelib.mall.catalog.formats.cells import service as cells
from chalicelib.mall.catalog.formats.schemas import Column
from chalicelib.mall.catalog.products.models import Product
from chalicelib.trade.fulfillment.shipments import service as shipments
from chalicelib.trade.fulfillment.shipments.desk.service import due
from chalicelib.trade.fulfillment.shipments.models import Shipment
from chalicelib.trade.fulfillment.shipments.picking.schemas import (
    AskPickingList,
    PackedLine,
    PackedOrder,
    PickedSku,
    PickingListView,
)
from chalicelib.trade.orders.models import Order, OrderStatus
from chalicelib.trade.orders.schemas import ReceiverView

SHEET_ORDERS = 500
COLUMNS = (
    Column("ship_by", "最晚发货"),
    Column("order_number", "订单号"),
    Column("name", "商品"),
    Column("spec", "规格"),
    Column("sku_id", "规格编号"),
    Column("sku_code", "规格编码"),
    Column("quantity", "待发数量"),
    Column("receiver", "收货人"),
    Column("phone", "电话"),
    Column("address", "地址"),
    Column("remark", "买家备注"),
    Column("memo", "商家备注"),
    Column("picture", "图片"),
)


def wave(asked: AskPickingList) -> PickingListView:
    """One page of orders to pack, with what to pick for all of them. Three round trips, four if no place is named."""
    origin = asked.origin_id or shipments.default_origin()
    found, cursor = due(origin, asked.limit, asked.cursor)
    packed = [each for each in _packed(found) if not asked.unprinted or not each.print_count or each.reprint]
    return PickingListView(skus=_summed(packed), orders=packed, cursor=cursor)


def sheet(origin_id: str | None) -> str:
    """The most urgent orders as CSV, one line of an order a row."""
    boxes = _each(origin_id or shipments.default_origin())
    rows = [row for box in islice(boxes, SHEET_ORDERS) for row in _rows(box)]
    if next(boxes, None) is not None:
        rows.append({"order_number": f"…超过 {SHEET_ORDERS} 个订单，发出一部分后再导出"})
    return formats.csv_text(COLUMNS, rows)


def _each(origin: str) -> Iterator[PackedOrder]:
    cursor: str | None = None
    while True:
        found, cursor = due(origin, 100, cursor)
        yield from _packed(found)
        if cursor is None:
            return


def _packed(found: Sequence[Shipment]) -> list[PackedOrder]:
    """The boxes of shipments, with their orders as they are this moment."""
    keys = [(each.member_id, each.order_id) for each in found]
    goods = {line.product_id for each in found for line in each.lines}
    known = batch_get({Order: keys, Product: goods}, consistent={Order})
    codes = {sku.id: sku.code for product in known[Product].values() for sku in product.skus if sku.code}
    pairs = [(each, known[Order].get(key)) for each, key in zip(found, keys, strict=True)]
    return [_box(each, order, codes) for each, order in pairs if order and order.status is OrderStatus.PROCESSING]


def _box(shipment: Shipment, order: Order, codes: Mapping[str, str]) -> PackedOrder:
    return PackedOrder(
        order_number=order.number,
        order_version=order.version,
        shipment_id=shipment.id,
        version=shipment.version,
        ship_by=shipment.ship_by,
        late=shipment.ship_by <= clock.now(),
        print_count=shipment.print_count or 0,
        reprint=shipment.is_outdated(order.version),
        receiver=ReceiverView.of(order.receiver),
        remark=order.remark,
        memo=order.memo,
        lines=[
            PackedLine(
                **line.model_dump(include={"product_id", "sku_id", "name", "spec"}),
                sku_code=codes.get(line.sku_id),
                picture=order.lines[line.line].picture,
                quantity=line.free,
            )
            for line in shipment.lines
            if line.free
        ],
    )


def _summed(boxes: Sequence[PackedOrder]) -> list[PickedSku]:
    """What to take from the shelves, those of one product side by side."""
    found: dict[str, PickedSku] = {}
    for box in boxes:
        for sku_id in dict.fromkeys(line.sku_id for line in box.lines):
            alike = [line for line in box.lines if line.sku_id == sku_id]
            what = alike[0].model_dump(exclude={"quantity"})
            picked = found.setdefault(sku_id, PickedSku(**what, quantity=0, orders=0))
            picked.quantity += sum(line.quantity for line in alike)
            picked.orders += 1
    return sorted(found.values(), key=lambda each: (each.product_id, each.spec, each.sku_id))


def _rows(box: PackedOrder) -> Iterator[dict[str, str]]:
    to = box.receiver
    for line in box.lines:
        yield {
            "ship_by": cells.time_text(box.ship_by),
            "order_number": cells.long_number(box.order_number),
            "name": line.name,
            "spec": line.spec,
            "sku_id": line.sku_id,
            "sku_code": line.sku_code or "",
            "quantity": str(line.quantity),
            "receiver": to.name,
            "phone": cells.long_number(to.phone),
            "address": to.province + to.city + to.district + to.detail,
            "remark": box.remark or "",
            "memo": box.memo or "",
            "picture": line.picture,
        }
