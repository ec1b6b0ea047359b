"""Buying with a ticket: the session's price, one piece, one order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from infra.local import faults
from tests.growth.campaigns.factories import Booth, at, had, item
from tests.growth.campaigns.flash_sale.factories import (
    PLAY,
    TWO_PM,
    Sale,
    forget,
    free,
    goods,
    in_stock,
    open_sale,
    require_sound,
)
from tests.harness import Cloud, MovableClock
from tests.loyalty.factories import adjustments
from tests.trade import factories

Do = Callable[..., Any]
FULL, PRICE = 12_000, 9_900


def why(quote: Any) -> list[str]:
    return [each["reason"] for each in quote["choices"]]


class TestPrice:
    def test_only_with_a_ticket_and_only_when_named(self, sale: Sale, cloud: Cloud) -> None:
        ann = sale.buyer("ann")
        quote = ann.look()
        assert (quote["payable_amount"], why(quote)) == (FULL, ["还没有抢到，请先抢购"])
        ann.tap().ok()
        with cloud.unchanged():
            quote = ann.look()
        assert (adjustments(quote)[0], why(quote)) == ((PLAY, PRICE - FULL), [])
        assert ann.preview(factories.line(sale.product))["payable_amount"] == FULL
        assert sale.buyer("bob").look()["payable_amount"] == FULL

    def test_a_basket_that_names_no_lot_reads_nothing_for_it(self, sale: Sale) -> None:
        ann = sale.buyer("ann")
        keys: dict[bool, int] = {}
        for named in (False, True):
            quote: dict[str, str] = {"flash_sale": sale.lot_id} if named else {}
            with faults.watched() as watch:
                ann.preview(factories.line(sale.product), **quote)
            keys[named] = len(watch.steps)
        assert keys == {False: 1, True: 1}

    def test_one_piece(self, sale: Sale) -> None:
        ann = sale.buyer("ann")
        ann.tap().ok()
        towel = factories.product("towel", price=3000)
        two = ann.preview(factories.line(sale.product, 2), flash_sale=sale.lot_id)
        other = ann.preview(factories.line(towel), flash_sale=sale.lot_id)
        assert (two["payable_amount"], why(two)) == (2 * FULL, ["秒杀商品每单限购1件"])
        assert (other["goods_amount"] - other["discount_amount"], why(other)) == (3000, ["秒杀商品每单限购1件"])
        both = ann.preview(factories.line(towel), factories.line(sale.product), flash_sale=sale.lot_id)
        assert both["payable_amount"] == 3000 + PRICE

    def test_another_price_is_lower(self, sale: Sale) -> None:
        ann = sale.buyer("ann")
        ann.tap().ok()
        sale.booth.run("limited_discount", item(sale.product, 8000))
        assert adjustments(ann.buy().ok())[0] == ("limited_discount", 8000 - FULL)
        assert (sale.tickets(), in_stock(sale)) == ({"open": 1}, 3)

    def test_each_session_has_its_price(self, booth: Booth, frozen: MovableClock) -> None:
        sale = open_sale(booth, 2, later=2)
        campaign = sale.campaign
        sale.booth.step(campaign, "stop")
        quilt = factories.product("other", price=FULL)
        fields = goods(quilt, pieces={sale.session: 2, TWO_PM: 1})
        fields["terms"]["sessions"][1]["unit_amount"] = 8_800
        from tests.growth.campaigns.flash_sale.factories import SESSIONS, WINDOW

        second = booth.run(PLAY, fields, settings={"sessions": SESSIONS}, **WINDOW)
        sale = Sale(booth.http, booth, quilt, second)
        ann, paid = sale.buyer("ann"), []
        for session, text in ((sale.session, "10:01"), (TWO_PM, "14:01")):
            frozen.set(at(f"2026-11-24T{text}+08:00"))
            sale.session = session
            ann.tap().ok()
            paid.append(ann.buy(key=f"tap-{session}").ok()["payable_amount"])
        assert paid == [PRICE, 8_800 + 1_000]  # the second pays freight


class TestBuying:
    def test_the_piece_is_the_shards_and_the_ticket_is_spent(self, sale: Sale) -> None:
        ann = sale.buyer("ann")
        ann.tap().ok()
        order = ann.buy().ok()
        assert order["payable_amount"] == PRICE
        assert ann.ticket is not None
        assert (ann.ticket.status, ann.ticket.order_id) == ("spent", order["id"])
        assert (in_stock(sale), factories.available(sale.product), free(sale)) == (2, 7, 2)
        assert ann.buy(PRICE).ok()["id"] == order["id"]  # the same tap
        require_sound(sale, 10)

    def test_a_ticket_makes_one_order(self, sale: Sale, cloud: Cloud) -> None:
        ann = sale.buyer("ann")
        ann.tap().ok()
        order = ann.buy().ok()
        quote = ann.look()
        assert (quote["payable_amount"], why(quote)) == (FULL, ["已用这次抢购下过单"])
        with cloud.unchanged():
            assert ann.buy(PRICE, key="tap-00002").code == "price_changed"
            again = ann.tap()
        assert (again.code, again.json["details"]) == ("flash_sale_already_bought", {"order_id": order["id"]})

    @pytest.mark.dynoxide
    def test_orders_at_once_with_one_ticket(self, sale: Sale, cloud: Cloud) -> None:
        ann = sale.buyer("ann")
        ann.tap().ok()
        with ThreadPoolExecutor(6) as pool:
            told = list(pool.map(lambda number: ann.buy(PRICE, key=f"tap-0000{number}"), range(6)))
        codes = Counter(each.code or each.status for each in told)
        assert codes.pop(201) == 1
        assert set(codes) <= {"out_of_stock", "flash_sale_ticket_gone", "price_changed", "too_busy"}
        require_sound(sale, 10)

    def test_a_product_with_nothing_left_is_sold_to_ticket_holders(self, booth: Booth) -> None:
        sale = open_sale(booth, 3, stock=3)
        ann, bob = sale.buyer("ann"), sale.buyer("bob")
        ann.tap().ok()
        assert bob.buy(FULL).json["details"]["lines"][0]["reason"] == "out_of_stock"
        assert ann.buy().ok()["payable_amount"] == PRICE
        require_sound(sale, 3)

    def test_counters_that_are_wrong_sell_nothing_twice(self, booth: Booth) -> None:
        """Somebody wrote a piece too many into a counter: the stock is the guard."""
        from chalicelib.growth.campaigns.flash_sale.models import Counter as Row

        sale = open_sale(booth, 1)
        Row(id=sale.lot.counter_id(0), left=3, holders=None, expires_at=1).save()
        buyers = [sale.buyer(name) for name in ("ann", "bob", "cid")]
        for each in buyers:
            each.tap().ok()
        told = [each.buy(PRICE).code or "bought" for each in buyers]
        assert told == ["bought", "out_of_stock", "out_of_stock"]


class TestEnds:
    def test_the_session_ended_between_preview_and_order(
        self, booth: Booth, frozen: MovableClock, cloud: Cloud
    ) -> None:
        sale = open_sale(booth, 2, settings={"hold_minutes": 30})
        ann, ends = sale.buyer("ann"), at("2026-11-24T12:00:00+08:00")
        frozen.set(ends - timedelta(minutes=1))
        ann.tap().ok()
        frozen.set(ends - timedelta(milliseconds=2))
        assert ann.look()["payable_amount"] == PRICE
        with cloud.unchanged():
            reply = ann.buy(PRICE)
        assert (reply.code, reply.json["details"]) == ("price_changed", {"payable_amount": FULL})
        assert why(ann.look()) == ["抢购资格已过期"]

    def test_the_ticket_ended(self, sale: Sale, frozen: MovableClock, cloud: Cloud) -> None:
        ann = sale.buyer("ann")
        valid_until = at(ann.tap().ok()["valid_until"])
        frozen.set(valid_until - timedelta(milliseconds=2))
        assert ann.look()["payable_amount"] == PRICE
        with cloud.unchanged():
            assert ann.buy(PRICE).code == "price_changed"

    def test_it_ended_while_the_order_was_written(self, sale: Sale, frozen: MovableClock, cloud: Cloud) -> None:
        """Between the price and the transaction: the condition is the guard, not what was read."""
        from chalicelib.trade.checkout import service

        ann = sale.buyer("ann")
        ann.tap().ok()
        commit = service._commit

        def late(*args: Any) -> Any:
            frozen.move(minutes=6)
            return commit(*args)

        with pytest.MonkeyPatch.context() as patch, cloud.unchanged():
            patch.setattr(service, "_commit", late)
            assert ann.buy(PRICE).code == "flash_sale_ticket_gone"

    def test_it_was_another_ticket_when_the_order_was_written(
        self, booth: Booth, frozen: MovableClock, sweep: Do, cloud: Cloud
    ) -> None:
        """The one that was read has lapsed, and its piece went back; a new one is open. It may lie in another shard."""
        from chalicelib.trade.checkout import service

        sale = open_sale(booth, 3)
        ann, commit = sale.buyer("ann"), service._commit
        ann.tap().ok()

        def late(*args: Any) -> Any:
            sweep(minutes=6)
            ann.tap().ok()
            return commit(*args)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(service, "_commit", late)
            assert ann.buy(PRICE).code == "flash_sale_ticket_gone"
        assert (sale.tickets(), cloud.items("orders")) == ({"open": 1}, [])
        require_sound(sale, 10)

    def test_stopped_with_a_ticket_in_hand(self, sale: Sale, frozen: MovableClock) -> None:
        ann = sale.buyer("ann")
        ann.tap().ok()
        sale.booth.step(sale.campaign, "stop")
        quote = ann.look()
        assert (quote["payable_amount"], why(quote)) == (FULL, ["本场秒杀已结束"])
        assert (in_stock(sale), factories.available(sale.product)) == (0, 10)


class TestLimits:
    def test_over_all_sessions(self, booth: Booth, frozen: MovableClock, cloud: Cloud, sweep: Do) -> None:
        sale = open_sale(booth, 2, later=2, per_member_max=1)
        ann = sale.buyer("ann")
        ann.tap().ok()
        order = ann.buy().ok()
        assert had(ann.shopper.id, sale.campaign) == {sale.sku_id: 1}
        frozen.set(at("2026-11-24T14:00:00+08:00"))
        sale.session = TWO_PM
        with cloud.unchanged():
            assert ann.tap().code == "flash_sale_limit_reached"
        sale.buyer("bob").tap().ok()
        forget()
        ann.http.as_(ann.shopper.token).post(f"/orders/{order['id']}/cancel", json={}).ok()
        sweep()
        ann.tap().ok()
        assert ann.look()["payable_amount"] == PRICE

    def test_the_tally_stands_at_checkout_too(self, booth: Booth, frozen: MovableClock) -> None:
        """Two tickets of two goods, one piece a member in all."""
        from tests.growth.campaigns.flash_sale.factories import SESSIONS, WINDOW

        quilt, towel = factories.product(price=FULL), factories.product("towel", price=FULL)
        items = [goods(each, pieces={"202611241000": 2}) for each in (quilt, towel)]
        settings = {"sessions": SESSIONS[:1]}
        campaign = booth.run(PLAY, *items, settings=settings, per_member_max=1, **WINDOW)
        first, second = (Sale(booth.http, booth, each, campaign) for each in (quilt, towel))
        ann, again = first.buyer("ann"), second.buyer("ann")
        ann.tap().ok()
        again.tap().ok()
        ann.buy().ok()
        quote = again.look()
        assert (quote["payable_amount"], why(quote)) == (FULL, ["超出活动限购，还可购买0件"])
