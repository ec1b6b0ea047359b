"""A launch: shown, reserved, told, sold, counted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core import clock
from chalicelib.core.transaction import Transaction
from chalicelib.mall.catalog.products.models import Product
from chalicelib.trade.orders.events import OrderPaid
from tests.growth.campaigns.factories import Booth, at, fields, had, item, left, require_conserved
from tests.harness import Cloud, MovableClock
from tests.loyalty.factories import Counter, adjustments
from tests.trade import factories

Do = Callable[..., Any]
PLAY = "new_arrival"
PRICE, LAUNCH = 12_000, 9900


def new(code: str = "quilt", hours: float = 1, **more: Any) -> Product:
    """A product that goes on sale in so many hours."""
    return factories.product(code, price=PRICE, list_at=clock.now() + timedelta(hours=hours), **more)


def launch(booth: Booth, *items: dict[str, Any], product: Product, **more: Any) -> Any:
    """A campaign that begins with the product."""
    assert product.list_at is not None
    window = {"starts_at": product.list_at.isoformat(), "ends_at": (product.list_at + timedelta(days=1)).isoformat()}
    return booth.run(PLAY, *items, **window, **more)


class TestBefore:
    @pytest.mark.parametrize("shown", [False, True])
    def test_the_page(self, counter: Counter, booth: Booth, shown: bool) -> None:
        quilt = new()
        settings = {"show_prices": shown, "show_reserved": shown}
        campaign = launch(booth, item(quilt, LAUNCH), product=quilt, settings=settings)
        counter.buyer.put(f"/campaigns/{campaign['id']}/reminder", json={}).ok()
        page = counter.buyer.get(f"/campaigns/{campaign['id']}").ok()
        assert (page["status"], page["reminded"]) == ("scheduled", [""])
        assert at(page["starts_at"]) > at(page["now"])
        assert page["reminder_count"] == (1 if shown else None)
        (goods,) = page["goods"]
        assert goods["name"] == quilt.name
        assert (goods["price_amount"], goods["unit_amount"]) == ((PRICE, LAUNCH) if shown else (None, None))
        assert page["words"] == ("新品首发价99.00元起" if shown else "新品首发")
        (posted,) = counter.http.get(f"/products/{quilt.id}/campaigns").ok()["items"]
        assert posted["unit_amounts"] == ({quilt.skus[0].id: LAUNCH} if shown else {})

    def test_it_can_not_be_had_a_moment_too_early(
        self, counter: Counter, booth: Booth, frozen: MovableClock, cloud: Cloud
    ) -> None:
        quilt = new()
        campaign = launch(booth, item(quilt, LAUNCH), product=quilt)
        frozen.set(at(campaign["starts_at"]) - timedelta(milliseconds=2))
        with cloud.unchanged():
            assert counter.http.get(f"/products/{quilt.id}").status == 404
            body = {"product_id": quilt.id, "sku_id": quilt.skus[0].id, "quantity": 1}
            frozen.set(at(campaign["starts_at"]) - timedelta(milliseconds=2))
            assert counter.buyer.post("/cart/items", json=body).status in (404, 409)
        frozen.set(at(campaign["starts_at"]))
        assert counter.http.get(f"/products/{quilt.id}").status == 200
        assert counter.preview(factories.line(quilt))["payable_amount"] == LAUNCH
        (goods,) = counter.http.get(f"/campaigns/{campaign['id']}").ok()["goods"]
        assert (goods["price_amount"], goods["unit_amount"]) == (PRICE, LAUNCH)

    @pytest.mark.parametrize("case", ["on sale already", "later", "unlisted", "price", "pieces without a price"])
    def test_what_is_refused(self, booth: Booth, cloud: Cloud, case: str) -> None:
        quilt = new(hours=2 if case == "later" else 1)
        starts_at, goods = clock.now() + timedelta(hours=1), item(quilt, LAUNCH)
        if case == "on sale already":
            quilt.list_at = None
        elif case == "unlisted":
            quilt.status = "unlisted"
        elif case == "price":
            goods = item(quilt, PRICE)
        elif case == "pieces without a price":
            goods = item(quilt, stock=3)
        quilt.save()
        window = {"starts_at": starts_at.isoformat(), "ends_at": (starts_at + timedelta(hours=9)).isoformat()}
        staff = booth.staff
        with cloud.unchanged():
            reply = staff.post("/admin/campaigns", json={**fields(PLAY, goods), **window})
            field = "unit_amount" if "price" in case else "product_id"
            assert reply.json["details"]["errors"][0]["field"] == f"items.0.{field}"

    def test_moved_in_the_catalog_meanwhile(self, booth: Booth, cloud: Cloud, frozen: MovableClock) -> None:
        quilt = new()
        window = {"starts_at": quilt.list_at.isoformat(), "ends_at": (quilt.list_at + timedelta(days=1)).isoformat()}
        draft = booth.draft(PLAY, item(quilt, LAUNCH), **window)
        quilt.list_at += timedelta(hours=1)
        quilt.save()
        version = booth.show(draft)["version"]
        with cloud.unchanged():
            assert booth.try_step(draft, "schedule", version).code == "invalid"


class TestLaunch:
    def test_without_a_price_of_its_own_it_is_counted(
        self, counter: Counter, booth: Booth, frozen: MovableClock
    ) -> None:
        quilt, towel = new(), factories.product("towel", price=3000)
        campaign = launch(booth, item(quilt, per_member_max=2), product=quilt)
        frozen.move(hours=1)
        quote = counter.preview(factories.line(quilt), factories.line(towel))
        assert adjustments(quote)[0] == (PLAY, 0)
        counter.order(factories.line(quilt, 2), factories.line(towel))
        assert had(counter.shopper.id, campaign) == {quilt.skus[0].id: 2}
        # Beyond the limit it sells as any product does, and is not the campaign's.
        again = counter.preview(factories.line(quilt))
        assert (again["payable_amount"], PLAY in dict(adjustments(again))) == (PRICE, False)

    def test_pieces_set_aside_are_conserved(
        self, counter: Counter, booth: Booth, frozen: MovableClock, drain: Do, sweep: Do
    ) -> None:
        quilt = new(stock=10)
        campaign = launch(booth, item(quilt, LAUNCH, stock=2), product=quilt)
        assert (left(campaign, quilt), factories.available(quilt)) == (2, 8)
        frozen.move(hours=1)
        order = counter.order(factories.line(quilt, 2))
        drain()
        assert counter.preview(factories.line(quilt))["payable_amount"] == PRICE
        require_conserved(campaign, quilt, 10)
        counter.cancel(order)
        drain()
        sweep(minutes=3)
        assert counter.preview(factories.line(quilt))["payable_amount"] == LAUNCH
        booth.step(campaign, "stop")
        assert counter.preview(factories.line(quilt))["payable_amount"] == PRICE
        require_conserved(campaign, quilt, 10)

    def test_another_campaigns_price_is_its_own(self, counter: Counter, booth: Booth, frozen: MovableClock) -> None:
        quilt = new()
        campaign = launch(booth, item(quilt), product=quilt)
        other = booth.run("limited_discount", item(quilt, 9000), begins=1)
        frozen.move(hours=1)
        counter.order(factories.line(quilt))
        assert (booth.numbers(campaign)["placed_count"], had(counter.shopper.id, campaign)) == (0, {})
        assert adjustments(counter.preview(factories.line(quilt)))[0] == ("limited_discount", 9000 - PRICE)
        assert other["play"] == "limited_discount"

    def test_the_report(self, counter: Counter, booth: Booth, frozen: MovableClock, drain: Do, sweep: Do) -> None:
        quilt = new(stock=20)
        campaign = launch(booth, item(quilt, LAUNCH), product=quilt)
        drain()
        buyers = {name: Counter(counter.http, factories.shopper(name)) for name in ("an", "bo", "cy", "di")}
        for name in ("an", "bo", "cy"):
            buyers[name].buyer.put(f"/campaigns/{campaign['id']}/reminder", json={}).ok()
        buyers["cy"].buyer.delete(f"/campaigns/{campaign['id']}/reminder")
        sweep(minutes=60)
        for name, pieces in (("an", 1), ("an", 2), ("di", 1)):
            buyers[name].buyer.get(f"/campaigns/{campaign['id']}").ok()
            order = buyers[name].order(factories.line(quilt, pieces), key=f"tap-{name}-{pieces:04}")
            with Transaction() as tx:
                tx.emit(OrderPaid(member_id=buyers[name].shopper.id, order_id=order["id"]))
            drain(twice=True)
        report = booth.staff.get(f"/admin/campaigns/{campaign['id']}/launch").ok()
        assert report == {
            "reserved_count": 2,
            "reminded_count": 2,
            "came_count": 1,
            "bought_count": 1,
            "came_bps": 5000,
            "bought_bps": 5000,
            "reserved_order_count": 2,
            "reserved_paid_amount": 3 * LAUNCH,
            "other_order_count": 1,
            "other_paid_amount": LAUNCH,
            "refunded_amount": 0,
        }

    def test_the_report_of_another_play(self, counter: Counter, booth: Booth, cloud: Cloud) -> None:
        other, staff = booth.draft("limited_discount", item(factories.product(), 900)), booth.staff
        with cloud.unchanged():
            for campaign_id in (other["id"], "cmp_no"):
                assert staff.get(f"/admin/campaigns/{campaign_id}/launch").code == "campaign_not_found"
