"""Orders as a file: one line a row, every fen where it belongs."""

from __future__ import annotations

import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from chalicelib.core import clock
from chalicelib.trade.exports import service as exports
from chalicelib.trade.fulfillment.shipments.models import Parcel
from chalicelib.trade.orders.models import Flag, Order, OrderStatus, status_day
from chalicelib.trade.payments.models import Part, Payment, PaymentStatus, payment_id
from chalicelib.trade.pricing.schemas import Adjustment, Target
from tests.harness import MovableClock
from tests.mall.exports.conftest import Desk
from tests.trade import factories
from tests.trade.payments.conftest import Till
from tests.trade.payments.factories import now_of, place

Do = Callable[..., Any]


def fen(text: str) -> int:
    return int(Decimal(text or "0") * 100)


def total(rows: list[dict[str, str]], column: str) -> int:
    return sum(fen(row[column]) for row in rows)


def off(kind: str, shares: list[int], group: str = "", target: Target = Target.GOODS) -> Adjustment:
    return Adjustment(kind=kind, group=group, title=f"{kind} 优惠", target=target, amount=sum(shares), shares=shares)


def rich_order() -> Order:
    """Two lines, every sort of discount, paid by wallet, deposit and WeChat, sent in two parcels."""
    order = place(amount=10_001)
    first = order.lines[0].model_copy(update={"payable_amount": 10_001 - 3_333, "freight_amount": 500})
    second = first.model_copy(
        update={"sku_id": "sku_2", "quantity": 1, "unit_amount": 5_000, "goods_amount": 5_000}
        | {"payable_amount": 4_899, "freight_amount": 100, "cost_amount": 3_000}
    )
    order.lines = [first, second]
    order.adjustments = [
        off("member_price", [-1_000, 0]),
        off("spend_and_save", [-1_111, -100], "campaign"),
        off("coupon", [-1_000, 0]),
        off("points", [-200, 0]),
        off("staff_price", [-22, -1]),
        off("freight", [900, 100], target=Target.FREIGHT),
        off("freight_coupon", [-400, 0], target=Target.FREIGHT),
    ]
    order.goods_amount, order.discount_amount, order.freight_amount = 15_001, 3_834, 600
    order.payable_amount = order.paid_amount = 6_668 + 4_899 + 600
    order.remark, order.memo = '=cmd|"/c calc"!A1', '逗号,引号"\n第二行 😀'
    order.status, order.flag = OrderStatus.SHIPPED, Flag.BLUE
    order.status_day = status_day(order.status, order.day)
    order.payment_id, order.payment_count = payment_id(order, 1), 1
    order.save()
    now = clock.now()
    parts = [Part(tender="wallet", amount=2_000), Part(tender="advance", amount=1_000, purchase_id="psd_1")]
    Payment(
        id=order.payment_id,
        member_id=order.member_id,
        order_id=order.id,
        tender="wechat_pay",
        status=PaymentStatus.SUCCEEDED,
        amount=order.payable_amount,
        parts=parts,
        description="",
        openid="o",
        created_at=now,
        expires_at=now,
    ).save()
    for number in ("SF001", "SF002"):
        Parcel(
            order_id=order.id,
            id=f"par_{number}",
            shipment_id="shp_1",
            member_id=order.member_id,
            order_number=order.number,
            carrier="sf",
            tracking_number=number,
            lines=[],
            shipped_at=now,
        ).save()
    return order


def test_every_fen_of_an_order_is_in_one_cell(desk: Desk, frozen: MovableClock) -> None:
    order = rich_order()
    frozen.move(milliseconds=1)
    plain = place(amount=9_900)
    rows = desk.table("orders")
    assert [row["订单号"] for row in rows] == [order.number, order.number, plain.number]
    first, second, third = rows
    names = ("商品金额", "会员价优惠", "活动优惠", "优惠券优惠", "积分抵扣", "其他优惠", "行应付", "行运费")
    assert [fen(first[name]) for name in names] == [10_001, -1_000, -1_111, -1_000, -200, -22, 6_668, 500]
    assert [fen(second[name]) for name in names] == [5_000, 0, -100, 0, 0, -1, 4_899, 100]
    for row in rows:
        assert sum(fen(row[name]) for name in names[:6]) == fen(row["行应付"])
    assert [first[name] for name in ("微信支付", "账户支付", "预付抵扣")] == ["91.67", "20.00", "10.00"]
    assert (first["活动"], first["行成本"], second["行成本"]) == ("spend_and_save 优惠", "", "30.00")
    assert (first["快递单号"], third["快递单号"]) == ("SF001 SF002", "")
    assert (first["标记"], third["标记"]) == ("蓝", "")
    assert (first["状态"], third["状态"], third["微信支付"]) == ("已发货", "待付款", "")
    # Columns can be summed: what belongs to the order stands in its first row alone.
    assert second["订单应付"] == second["微信支付"] == ""
    assert total(rows, "订单应付") == total(rows, "行应付") + total(rows, "行运费") == 12_167 + 9_900
    assert total(rows, "订单实付") == sum(total(rows, name) for name in ("微信支付", "账户支付", "预付抵扣")) == 12_167


def test_cells_that_bite(desk: Desk) -> None:
    order = rich_order()
    csv_row = desk.table("orders")[0]
    assert csv_row["买家备注"] == "'" + str(order.remark)
    assert csv_row["商家备注"] == order.memo
    assert csv_row["下单时间"] == "2026-11-24 10:00:00"
    book = openpyxl.load_workbook(io.BytesIO(desk.make("orders", "xlsx")))
    head, first, second = book.active.iter_rows()
    cells = dict(zip((cell.value for cell in head), first, strict=True))
    assert (cells["买家备注"].value, cells["买家备注"].data_type) == (order.remark, "s")
    assert (cells["订单号"].value, cells["订单号"].data_type) == (order.number, "s")
    assert (cells["商家备注"].value, cells["行应付"].value) == (order.memo, 66.68)
    assert str(cells["下单时间"].value) == "2026-11-24 10:00:00"
    assert second[0].value == order.number


def test_days_and_states_and_what_came_later(
    desk: Desk, frozen: MovableClock, till: Till, drain: Do, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "PAGE", 2)
    placed = []
    for _ in range(3):
        for _ in range(3):
            placed.append(place().number)
            frozen.move(milliseconds=1)
        frozen.move(days=1)
    paid = place()
    till.pay(paid)
    till.deliver()
    drain()

    def numbers(**filters: str) -> list[str]:
        return [row["订单号"] for row in desk.table("orders", **filters)]

    assert numbers(from_day="2026-11-25", to_day="2026-11-26") == placed[3:]
    assert numbers(to_day="2026-11-24") == placed[:3]
    assert numbers(from_day="2026-12-01", to_day="2026-12-31") == []
    assert now_of(paid).status is OrderStatus.PROCESSING
    whole = {"from_day": "2026-11-01", "to_day": "2026-11-30"}
    assert numbers(**whole, state="processing") == [paid.number]
    assert numbers(**whole, state="pending_payment") == placed
    export_id = desk.begin("orders", **whole)
    frozen.move(seconds=1)
    late = place().number
    desk.drain()
    assert late not in desk.fetch(export_id).decode()
    assert numbers(**whole) == [*placed, paid.number, late]


def test_an_order_from_the_shop(desk: Desk) -> None:
    """As checkout leaves it: its discounts, freight and what is due are in the file."""
    shopper, quilt = factories.shopper(), factories.product(price=123)
    body = {"lines": [factories.line(quilt, 2)], "address_id": shopper.address_id, "expected_payable_amount": 1246}
    made = desk.http.as_(shopper.token).post("/orders", json={**body, "remark": "=1+1"}, key="tap-0001").ok()
    (row,) = desk.table("orders")
    assert [row[name] for name in ("订单号", "数量", "单价", "行运费", "订单应付", "买家备注")] == [
        *(made["number"], "2", "1.23", "10.00", "12.46", "'=1+1"),
    ]
    assert (row["收货人"], row["地址"], row["履约方式"]) == ("王小明", "上海市上海市徐汇区漕溪北路 1 号", "快递")
