"""The stock of codes follows their pool: nothing is sold for which no code is there, whatever comes at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.core import clock
from chalicelib.core.transaction import Transaction
from chalicelib.mall.catalog.products.models import Product, ProductKind
from chalicelib.mall.inventory.models import StockKey
from chalicelib.trade.fulfillment.goods_codes.errors import CodesChanged
from chalicelib.trade.fulfillment.goods_codes.models import GoodsCode
from chalicelib.trade.fulfillment.goods_codes.withdrawing import service as withdrawing
from chalicelib.trade.orders.models import OrderStatus
from infra.local.faults import every_death
from tests.harness import Client, Cloud, MovableClock, Reply
from tests.mall.catalog.factories import category, fields, plain, staff_token
from tests.trade import factories as shop
from tests.trade.fulfillment.goods_codes.factories import ask, bought, codes_of, free, upload
from tests.trade.payments.factories import now_of


@pytest.fixture
def card(cloud: Cloud, frozen: Any) -> Product:
    """An empty pool, and a stock to match."""
    return shop.product("card", stock=0, kind=ProductKind.CODE)


def withdraw(desk: Client, card: Product, *codes: str) -> Reply:
    body = {"sku_id": card.skus[0].id, "secret_codes": list(codes)}
    return desk.post(f"/admin/products/{card.id}/codes/withdraw", json=body)


def require_sound(card: Product, promised: int) -> None:
    """What is for sale and what was promised is what is there, and the log explains the number."""
    available = shop.available(card)
    assert available >= 0
    assert available + promised == free(card)
    assert available == sum(entry.delta for entry in shop.ledger(card))


def test_no_more_is_sold_than_codes_came(http: Client, desk: Client, card: Product, drain: Any) -> None:
    assert ask(http, card)[1].code == "lines_invalid"
    upload(desk, card, "A", "B").ok()
    upload(desk, card, "A", "B").ok()  # the file again: not a piece more
    require_sound(card, 0)
    order = bought(http, card, 2)
    require_sound(card, 2)
    assert ask(http, card, who="two")[1].code == "lines_invalid"
    drain(twice=True)
    assert (now_of(order).status, free(card)) == (OrderStatus.COMPLETED, 0)
    require_sound(card, 0)
    upload(desk, card, "A", "C").ok()
    require_sound(card, 0)
    assert (shop.available(card), free(card)) == (1, 1)
    (shown,) = desk.get(f"/admin/products/{card.id}/codes").ok()["items"]
    assert (shown["available"], shown["free_count"]) == (1, 1)


def test_an_order_that_is_canceled_leaves_its_pieces(http: Client, desk: Client, card: Product, drain: Any) -> None:
    upload(desk, card, "A", "B").ok()
    shopper, placed = ask(http, card, 2)
    require_sound(card, 2)
    http.as_(shopper.token).post(f"/orders/{placed.ok()['id']}/cancel", json={"reason": "买错了"}).ok()
    drain(twice=True)
    require_sound(card, 0)


def test_a_code_that_was_given_is_never_stock_again(http: Client, desk: Client, card: Product, drain: Any) -> None:
    upload(desk, card, "A", "B").ok()
    order = bought(http, card, 2)
    drain()
    service = http.as_(staff_token("aftersales.write", "orders.read"))
    body = {"pieces": [{"line": 0, "quantity": 1, "sellable": 1}], "reason": "not_as_described", "note": "卡密无效"}
    service.post(f"/admin/orders/{order.number}/refunds", json=body, key="refund-0001").ok()
    drain(twice=True)
    require_sound(card, 0)
    assert shop.available(card) == 0
    buyer = http.as_(shop.shopper("one").token)
    back = {"kind": "return_and_refund", "pieces": [{"line": 0, "quantity": 1}], "reason": "not_as_described"}
    asked = buyer.post(f"/orders/{order.id}/after-sales", json=back, key="back-0001")
    assert asked.code == "pieces_not_there"


def test_withdrawing(http: Client, desk: Client, card: Product, cloud: Cloud, drain: Any) -> None:
    upload(desk, card, "A", "B", "C").ok()
    order = bought(http, card, 1)
    drain()
    (given,) = codes_of(http, order)
    left = sorted({"A", "B", "C"} - {given})
    assert withdraw(desk, card, given, left[0], "never").ok() == {
        "withdrawn": 1,
        "gone": 0,
        "unknown": 1,
        "order_ids": [order.id],
    }
    require_sound(card, 0)
    with cloud.unchanged():
        assert withdraw(desk, card, left[0]).ok()["gone"] == 1
    assert upload(desk, card, left[0]).ok() == {"added": 1, "known": 0}
    require_sound(card, 0)
    assert (shop.available(card), codes_of(http, order)) == (2, [given])


def test_one_that_is_given_while_it_is_withdrawn_stays_given(
    http: Client, desk: Client, card: Product, cloud: Cloud, drain: Any
) -> None:
    upload(desk, card, "A", "B").ok()
    order = bought(http, card, 1)
    drain()
    (given,) = (each.id for each in GoodsCode.query(card.skus[0].id) if each.order_id)
    with cloud.unchanged(), pytest.raises(CodesChanged):
        withdrawing._take_out(StockKey(card.id, card.skus[0].id), [given])  # it was read as free
    assert len(codes_of(http, order)) == 1


def test_what_orders_wait_for_is_not_withdrawn(http: Client, desk: Client, card: Product, cloud: Cloud) -> None:
    upload(desk, card, "A", "B", "C").ok()
    ask(http, card, 2)[1].ok()
    quilt, stranger = shop.product(), http.as_(staff_token("catalog.write", "inventory.write"))
    with cloud.unchanged():
        refused = withdraw(desk, card, "A", "B")
        assert (refused.status, refused.code, refused.json["details"]["left"]) == (409, "codes_promised", 1)
        assert withdraw(stranger, card, "A").code == "forbidden"
        nowhere = {"sku_id": "s", "secret_codes": ["A"]}
        assert desk.post("/admin/products/prd_no/codes/withdraw", json=nowhere).code == "product_not_found"
        assert withdraw(desk, quilt, "A").code == "not_sold_as_codes"
        assert withdraw(desk, card, *[]).status == 422
    withdraw(desk, card, "A").ok()
    require_sound(card, 2)


def test_staff_do_not_count_what_the_pool_counts(http: Client, desk: Client, card: Product, cloud: Cloud) -> None:
    upload(desk, card, "A").ok()
    keeper = http.as_(staff_token("inventory.write", "inventory.read"))
    where = f"/admin/stocks/{card.id}/{card.skus[0].id}"
    assert keeper.get(where).ok()["keeper"] == "codes"
    with cloud.unchanged():
        assert keeper.post(f"{where}/adjust", json={"delta": 5, "note": "x"}, key="adjust-01").code == "stock_kept"
        assert keeper.post(f"{where}/adjust", json={"delta": -1, "note": "x"}, key="adjust-02").code == "stock_kept"
        counted = {"counted": 5, "seen": 1, "note": "x"}
        assert keeper.post(f"{where}/count", json=counted).code == "stock_kept"
    quilt = shop.product()
    plain = f"/admin/stocks/{quilt.id}/{quilt.skus[0].id}"
    assert keeper.post(f"{plain}/adjust", json={"delta": 1, "note": "x"}, key="adjust-03").ok()["available"] == 11


def test_what_is_past_its_time_to_sell_leaves_the_pool(
    http: Client, desk: Client, card: Product, frozen: MovableClock, sweep: Any, cloud: Cloud
) -> None:
    body = {"sku_id": card.skus[0].id, "secret_codes": ["A", "B", "C"]}
    upload_to = f"/admin/products/{card.id}/codes"
    with cloud.unchanged():
        assert desk.post(upload_to, json={**body, "sell_until": "2026-11-24T00:00:00Z"}).status == 422
    until = clock.now() + timedelta(minutes=5)
    desk.post(upload_to, json={**body, "sell_until": until.isoformat()}).ok()
    upload(desk, card, "FOR EVER").ok()
    ask(http, card, 2)[1].ok()  # is not paid, and closes by itself
    frozen.move(minutes=6)
    sweep(redeliver=True)
    require_sound(card, 2)
    assert free(card) == 2, "two of those that are over stay for who was promised two"
    frozen.move(hours=2)
    for _ in range(2):
        sweep(minutes=150, redeliver=True)
    require_sound(card, 0)
    assert free(card) == 1
    assert cloud.dead_letters() == []


def test_kinds_do_not_become_codes(http: Client, cloud: Cloud, frozen: Any) -> None:
    category()
    desk = http.as_(staff_token("catalog.write", "catalog.read", "inventory.read"))
    wanted = fields(kind="code", **plain(stock=0))
    with cloud.unchanged():
        assert desk.post("/admin/products", json={**wanted, **plain(stock=1)}).status == 422
    made = desk.post("/admin/products", json=wanted).ok()
    (stock,) = desk.get(f"/admin/stocks/{made['id']}").ok()["items"]
    assert (stock["keeper"], stock["available"]) == ("codes", 0)
    with cloud.unchanged():
        goods = {**wanted, "kind": "goods", "version": made["version"]}
        assert desk.put(f"/admin/products/{made['id']}", json=goods).status == 422


@pytest.mark.dynoxide
def test_all_at_once(http: Client, desk: Client, card: Product, cloud: Cloud, drain: Any) -> None:
    """Uploads of the same file, withdrawals and buyers at one moment: whoever got an order gets a code."""
    first = [f"a-{number}" for number in range(6)]
    upload(desk, card, *first).ok()

    def act(number: int) -> Reply:
        if number % 4 == 0:
            return upload(desk, card, *(f"b-{each}" for each in range(4)))
        if number % 4 == 1:
            return withdraw(desk, card, first[number % 6])
        return ask(http, card, 2, f"w{number}")[1]

    with ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(act, range(16)))
    assert {each.status for each in replies} <= {200, 201, 409, 503}
    placed = sum(1 for number, each in enumerate(replies) if number % 4 > 1 and each.status == 201)
    assert placed > 0
    require_sound(card, 2 * placed)


def test_deaths_while_codes_are_uploaded_and_withdrawn(
    http: Client, desk: Client, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.trade.fulfillment.goods_codes.pool.service.AT_ONCE", 2)
    made: list[Product] = []

    def begin() -> None:
        cloud.memory.clear()
        made[:] = [shop.product("card", stock=0, kind=ProductKind.CODE)]
        upload(http.as_(staff_token("codes.write")), made[0], "A", "B", "C").ok()

    def act() -> None:
        mine = http.as_(staff_token("codes.write"))
        upload(mine, made[0], "C", "D", "E", "F")
        withdraw(mine, made[0], "A", "B")

    def check() -> None:
        require_sound(made[0], 0)
        act()  # the same files again
        require_sound(made[0], 0)
        assert (free(made[0]), shop.available(made[0])) == (4, 4)

    every_death(begin, act, check)


def test_deaths_while_selling_ends(http: Client, cloud: Cloud, frozen: MovableClock, sweep: Any, desk: Client) -> None:
    made: list[Product] = []
    start = frozen.at

    def begin() -> None:
        cloud.memory.clear()
        frozen.set(start)
        made[:] = [shop.product("card", stock=0, kind=ProductKind.CODE)]
        body = {"sku_id": made[0].skus[0].id, "secret_codes": ["A", "B", "C"], "sell_until": "2026-11-26T00:00:00Z"}
        mine = http.as_(staff_token("codes.write"))
        mine.post(f"/admin/products/{made[0].id}/codes", json=body).ok()
        ask(http, made[0], 1)[1].ok()
        frozen.set(datetime(2026, 11, 26, tzinfo=UTC))

    def act() -> None:
        with Transaction() as tx:
            withdrawing.end_selling(tx, StockKey(made[0].id, made[0].skus[0].id))

    def check() -> None:
        require_sound(made[0], 1)
        act()
        require_sound(made[0], 1)
        assert (free(made[0]), shop.available(made[0])) == (1, 0)

    every_death(begin, act, check)


def test_a_time_to_sell_that_ends_twice(card: Product, desk: Client, frozen: MovableClock) -> None:
    body = {"sku_id": card.skus[0].id, "secret_codes": ["A", "B"], "sell_until": "2026-11-26T00:00:00Z"}
    desk.post(f"/admin/products/{card.id}/codes", json=body).ok()
    frozen.set(datetime(2026, 11, 26, tzinfo=UTC))
    for _ in range(2):
        with Transaction() as tx:
            withdrawing.end_selling(tx, StockKey(card.id, card.skus[0].id))
    require_sound(card, 0)
    assert free(card) == 0
    assert all(each.withdrawn_at for each in GoodsCode.query(card.skus[0].id))
