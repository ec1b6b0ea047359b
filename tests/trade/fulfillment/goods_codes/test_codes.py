"""Goods that are codes: each piece one, each code once, seen by its buyer alone."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib.core import inbox
from chalicelib.core.settings import settings
from chalicelib.core.transaction import Transaction
from chalicelib.mall.catalog.products.models import Product, ProductKind
from chalicelib.mall.identity.staff.operations.models import Operation
from chalicelib.trade.fulfillment.goods_codes.giving import service
from chalicelib.trade.fulfillment.goods_codes.models import CodeGrant, CodeWait, GoodsCode
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.events import OrderReady
from chalicelib.trade.orders.models import Order, OrderStatus
from chalicelib.trade.orders.refunding import service as order_refunds
from chalicelib.trade.orders.refunding.service import Back
from infra.local.faults import every_death
from tests.harness import Client, Cloud
from tests.mall.catalog.factories import staff_token
from tests.trade import factories as shop
from tests.trade.fulfillment.entitlements.factories import pay_by_row
from tests.trade.fulfillment.goods_codes.factories import CONTACT, codes_of, ordered, upload
from tests.trade.payments.factories import buyer_token, now_of


def test_bought_given_and_read_by_the_buyer_alone(http: Client, desk: Client, card: Product, drain: Any) -> None:
    upload(desk, card, "AAAA-1", "AAAA-2", "AAAA-3").ok()
    shopper = shop.shopper()
    buyer = http.as_(shopper.token)
    body = {"lines": [shop.line(card, 2)], "fulfillment": "code", "contact": CONTACT}
    placed = buyer.post("/orders", json={**body, "expected_payable_amount": 10000}, key="tap-0001").ok()
    order = orders.load(shopper.id, placed["id"])
    assert buyer.get(f"/orders/{order.id}/codes").ok() == {"given_at": None, "items": []}
    pay_by_row(order)
    with Transaction() as tx:
        tx.emit(OrderReady(member_id=order.member_id, order_id=order.id))
    drain()
    mine = [each["code"] for each in buyer.get(f"/orders/{order.id}/codes").ok()["items"]]
    assert len(set(mine) & {"AAAA-1", "AAAA-2", "AAAA-3"}) == 2
    assert orders.load(shopper.id, order.id).status is OrderStatus.COMPLETED
    assert http.as_(buyer_token("mem_two", "o-two")).get(f"/orders/{order.id}/codes").code == "order_not_found"
    (pool,) = desk.get(f"/admin/products/{card.id}/codes").ok()["items"]
    assert (pool["free_count"], pool["waiting_count"]) == (1, 0)


def test_a_file_may_come_twice(desk: Client, card: Product, cloud: Cloud) -> None:
    assert upload(desk, card, "A", "B", "A").ok() == {"added": 2, "known": 0}
    with cloud.unchanged():
        assert upload(desk, card, "B", "A").ok() == {"added": 0, "known": 2}
    assert upload(desk, card, "B", "C").ok() == {"added": 1, "known": 1}
    many = [f"code-{number}" for number in range(200)]
    assert upload(desk, card, *many).ok()["added"] == 200


def test_a_given_code_is_never_added_again(http: Client, desk: Client, card: Product, drain: Any) -> None:
    upload(desk, card, "ONLY").ok()
    first = ordered(card)
    drain()
    assert codes_of(http, first) == ["ONLY"]
    assert upload(desk, card, "ONLY").ok() == {"added": 0, "known": 1}
    second = ordered(card)
    drain()
    assert codes_of(http, second) == []


@pytest.mark.parametrize("codes", [[], ["x" * 501], ["nul\x00"], ["x"] * 501])
def test_bad_codes_are_named(desk: Client, card: Product, cloud: Cloud, codes: list[str]) -> None:
    with cloud.unchanged():
        assert upload(desk, card, *codes).status == 422


def test_where_no_codes_go(
    desk: Client, card: Product, cloud: Cloud, http: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    quilt, stranger = shop.product(), http.as_(staff_token("catalog.read"))
    body = {"sku_id": "sku_other", "secret_codes": ["A"]}
    with cloud.unchanged():
        assert upload(desk, quilt, "A").code == "not_sold_as_codes"
        assert desk.post(f"/admin/products/{card.id}/codes", json=body).code == "not_sold_as_codes"
        assert desk.post("/admin/products/prd_none/codes", json=body).code == "product_not_found"
        assert desk.get(f"/admin/products/{quilt.id}/codes").code == "not_sold_as_codes"
        assert upload(stranger, card, "A").code == "forbidden"
    monkeypatch.delenv("SIYU_GOODS_CODE_KEY")
    settings.cache_clear()
    with cloud.unchanged():
        assert upload(desk, card, "A").code == "codes_off"


def test_no_code_is_stored_open_nor_logged(
    http: Client, desk: Client, card: Product, cloud: Cloud, drain: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    upload(desk, card, "VERY-SECRET-77").ok()
    order = ordered(card)
    drain()
    assert codes_of(http, order) == ["VERY-SECRET-77"]
    assert "VERY-SECRET-77" not in json.dumps(cloud.snapshot(), default=str)
    assert "VERY-SECRET-77" not in capsys.readouterr().out
    rows = [each for each in Operation.query("2026-11-24") if each.path.endswith("/codes")]
    assert rows
    assert all("***" in (row.summary or "") for row in rows)


def test_a_dry_pool_lets_orders_wait_whole(http: Client, desk: Client, card: Product, drain: Any) -> None:
    upload(desk, card, "A").ok()
    order = ordered(card, 2)
    drain()
    assert (now_of(order).status, codes_of(http, order)) == (OrderStatus.PROCESSING, [])
    (pool,) = desk.get(f"/admin/products/{card.id}/codes").ok()["items"]
    assert (pool["free_count"], pool["waiting_count"]) == (1, 1)
    assert [entry.text for entry in orders.entries(order.id)] == ["卡密库存不足，缺 1 个，补充后自动发放"]
    upload(desk, card, "B").ok()
    drain()
    assert sorted(codes_of(http, order)) == ["A", "B"]
    assert now_of(order).status is OrderStatus.COMPLETED
    assert list(CodeWait.query(card.skus[0].id)) == []


def test_all_who_wait_are_woken_and_no_more_are_served_than_codes_came(
    http: Client, desk: Client, card: Product, drain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "WOKEN", 2)
    waiting = [ordered(card) for _ in range(5)]
    drain()
    upload(desk, card, "A", "B", "C", "D").ok()
    drain(redeliver=True)
    served = [codes_of(http, each) for each in waiting]
    assert sorted(code for each in served for code in each) == ["A", "B", "C", "D"]
    assert len(list(CodeWait.query(card.skus[0].id))) == 1


def test_what_was_refunded_while_it_waited_takes_no_code(http: Client, desk: Client, card: Product, drain: Any) -> None:
    order = ordered(card, 2)
    drain()
    with Transaction() as tx:
        order_refunds.give_back(tx, now_of(order), Back("rfd_1", {0: 1}, 0, 0))
    upload(desk, card, "A", "B").ok()
    drain()
    assert len(codes_of(http, order)) == 1


@pytest.mark.dynoxide
def test_never_two_buyers_with_one_code(http: Client, desk: Client, card: Product, cloud: Cloud) -> None:
    upload(desk, card, *(f"code-{number}" for number in range(12))).ok()
    made = [ordered(card, 2) for _ in range(6)]
    for order in made:
        with Transaction() as tx:
            service.begin(tx, order)

    def give(order: Order) -> None:
        with Transaction() as tx:
            service.give(tx, now_of(order))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(give, made))
    given = [code for order in made for code in codes_of(http, order)]
    assert (len(given), len(set(given))) == (12, 12)


def test_twice_is_once(http: Client, desk: Client, card: Product, drain: Any) -> None:
    upload(desk, card, "A", "B").ok()
    order = ordered(card)
    drain(twice=True)
    assert len(codes_of(http, order)) == 1
    assert sum(1 for each in GoodsCode.query(card.skus[0].id) if each.order_id is None) == 1


@pytest.mark.parametrize(("start", "looks"), [("0" * 40, 1), ("f" * 40, 2)])
def test_deaths_while_codes_are_given(
    http: Client, desk: Client, cloud: Cloud, sweep: Any, monkeypatch: pytest.MonkeyPatch, start: str, looks: int
) -> None:
    """Picking begins somewhere, and looks again from the beginning if it met the end: each way the same steps."""
    monkeypatch.setattr(service, "somewhere", lambda: start)
    made: list[Order] = []
    sku: list[str] = []

    def begin() -> None:
        cloud.memory.clear()
        card = shop.product("card", stock=100, kind=ProductKind.CODE)
        upload(http.as_(staff_token("codes.write")), card, "A", "B", "C").ok()
        order = ordered(card, 2)
        with Transaction() as tx:
            service.begin(tx, order)
        made[:], sku[:] = [order], [card.skus[0].id]

    def act() -> None:
        for message in cloud.messages("fulfillment"):
            if message["subscriber"] == "trade.fulfillment.goods_codes.give_codes":
                inbox.react(json.dumps(message))

    def check() -> None:
        sweep(redeliver=True)
        order = now_of(made[0])
        assert order.status is OrderStatus.COMPLETED
        assert len(codes_of(http, order)) == 2
        assert sum(1 for each in GoodsCode.query(sku[0]) if each.order_id == order.id) == 2
        assert CodeGrant.find(order.id) is not None

    assert every_death(begin, act, check).count("dynamodb Query") == looks
