"""Staff may let an unpaid order cost anything from one fen on; it stays an order that adds up."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chalicelib.core import money
from chalicelib.mall.catalog.products.models import Product
from chalicelib.trade.orders.edits.service import _shift
from chalicelib.trade.pricing.schemas import Adjustment, Target
from chalicelib.trade.pricing.service import Quote
from tests.harness import Client, Cloud, MovableClock
from tests.trade import factories as shop
from tests.trade.pricing.factories import line, quote, quotes
from tests.trade.pricing.test_quote import require_sound

targets = st.one_of(st.integers(1, 500), st.integers(1, 20_000_000), st.just(money.MAX_AMOUNT))


@given(quotes, st.integers(0, 5_000), st.integers(0, 10**7), st.lists(targets, min_size=1, max_size=3))
def test_any_amount_is_reached_again_and_again(priced: Quote, freight: int, off: int, wanted: list[int]) -> None:
    priced.adjust("coupon", "券", -off)
    priced.adjust("freight", "运费", freight, target=Target.FREIGHT)
    priced.settle()
    assume(priced.payable_amount > 0)
    for amount in wanted:
        stored = Quote("mem_1", priced.at, [each.model_copy() for each in priced.lines])
        stored.adjustments = [Adjustment.model_validate(each.model_dump()) for each in priced.adjustments]
        if amount != stored.payable_amount:
            _shift(stored, amount - stored.payable_amount)
        assert stored.payable_amount == amount
        require_sound(stored)
        priced = stored


def test_the_goods_give_first_then_the_freight() -> None:
    priced = quote(line(3000), line(7000))
    priced.adjust("freight", "运费", 1000, target=Target.FREIGHT)
    _shift(priced, -5000)
    assert (priced.discount_amount, priced.freight_amount) == (5000, 1000)
    _shift(priced, -5500)
    assert (priced.discount_amount, priced.freight_amount) == (10_000, 500)
    assert [each.title for each in priced.adjustments[1:]] == ["客服改价", "客服改价", "客服改运费"]


def test_one_fen() -> None:
    priced = quote(line(100), line(100))
    priced.adjust("freight", "运费", 10, target=Target.FREIGHT)
    _shift(priced, 1 - 210)
    require_sound(priced)
    assert priced.payable_amount == 1


def test_more_than_before_is_a_charge() -> None:
    priced = quote(line(100), line(300))
    _shift(priced, 100)
    assert (priced.discount_amount, [each.payable_amount for each in priced.lines]) == (-100, [125, 375])


class TestOverHttp:
    @pytest.fixture
    def desk(self, http: Client, frozen: MovableClock) -> Client:
        return http.as_(shop.staff_token("orders.read", "orders.write"))

    def place(self, http: Client, *goods: Product) -> tuple[Client, dict[str, Any]]:
        shopper = shop.shopper()
        buyer = http.as_(shopper.token)
        asked = {"lines": [shop.line(each) for each in goods], "address_id": shopper.address_id}
        due = buyer.post("/checkout/preview", json=asked).ok()["payable_amount"]
        return buyer, buyer.post("/orders", json={**asked, "expected_payable_amount": due}, key="tap-0001").ok()

    @pytest.mark.parametrize("amount", [1, 999, 1000, 1001, 50_000, money.MAX_AMOUNT])
    def test_down_to_one_fen_or_up_the_order_stays_readable(self, http: Client, desk: Client, amount: int) -> None:
        buyer, order = self.place(http, shop.product("a", price=1500), shop.product("b", price=2500))
        edit = {"payable_amount": amount, "version": 1, "reason": "议价"}
        desk.post(f"/admin/orders/{order['number']}/price", json=edit).ok()
        for seen in (buyer.get(f"/orders/{order['id']}").ok(), buyer.get("/orders").ok()["items"][0]):
            assert seen["payable_amount"] == amount
        found = desk.get(f"/admin/orders/{order['number']}").ok()["order"]
        assert found["goods_amount"] - found["discount_amount"] + found["freight_amount"] == amount

    def test_a_basket_beyond_any_channel_is_refused(self, http: Client, frozen: MovableClock, cloud: Cloud) -> None:
        shopper, dear = shop.shopper(), shop.product("dear", price=money.MAX_AMOUNT)
        asked = {"lines": [shop.line(dear, 3)], "address_id": shopper.address_id}
        with cloud.unchanged():
            for reply in (
                http.as_(shopper.token).post("/checkout/preview", json=asked),
                http.as_(shopper.token).post("/orders", json={**asked, "expected_payable_amount": 1}, key="tap-0001"),
            ):
                assert (reply.status, reply.code) == (422, "amount_too_large")
