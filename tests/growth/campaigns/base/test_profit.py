"""The profit guard: when a campaign is scheduled, and at checkout."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.mall.catalog.products.models import Product
from chalicelib.mall.identity.staff.operations.models import Operation
from chalicelib.trade.pricing.floors.service import Goods, costs
from tests.growth.campaigns.factories import Booth, item
from tests.harness import Cloud
from tests.loyalty.coupons.factories import give, template
from tests.loyalty.factories import Counter
from tests.trade import factories

PLAY = "limited_discount"


def costing(cost: int | None, code: str = "quilt", price: int = 12_000) -> Product:
    found = factories.product(code, price=price)
    found.skus = [sku.model_copy(update={"cost_amount": cost}) for sku in found.skus]
    found.save()
    return found


def margin(booth: Booth, campaign: Any) -> Any:
    return booth.show(campaign)["margins"][0]


class TestWhenScheduled:
    def test_after_every_benefit(self, booth: Booth) -> None:
        quilt = costing(7000)
        template(terms={"kind": "cash", "off_amount": 3000, "threshold_amount": 20_000, "valid_days": 7})
        booth.run("spend_and_save", settings={"tiers": [{"threshold_amount": 30_000, "off_amount": 3000}]})
        draft = booth.draft(PLAY, item(quilt, 10_000))
        found = margin(booth, draft)
        # 10000, a tenth off by the other campaign, then the coupon's share of 20000, then half by points.
        assert found["campaign_amount"] == 10_000
        assert found["taken"]["spend_and_save"] == 1000
        assert found["taken"]["coupon"] == 3000 * 9000 // 20_000
        assert found["lowest_amount"] == 10_000 - sum(found["taken"].values())
        assert found["below_cost"] == (found["lowest_amount"] < 7000)

    def test_what_does_not_go_with_it_takes_nothing(self, booth: Booth) -> None:
        quilt = costing(7000)
        template(terms={"kind": "cash", "off_amount": 3000, "threshold_amount": 0, "valid_days": 7})
        booth.run("spend_and_save", settings={"tiers": [{"threshold_amount": 30_000, "off_amount": 3000}]})
        draft = booth.draft(PLAY, item(quilt, 10_000), not_with=["coupon", "points", "spend_and_save"])
        assert margin(booth, draft) | {"taken": {}} == margin(booth, draft)
        assert margin(booth, draft)["lowest_amount"] == 10_000
        assert booth.step(draft, "schedule")["status"] == "running"

    def test_below_cost_needs_somebody_who_may_and_is_logged(self, booth: Booth, cloud: Cloud) -> None:
        quilt = costing(9000)
        draft = booth.draft(PLAY, item(quilt, 8000), not_with=["coupon", "points"])
        body = {"step": "schedule", "version": draft["version"]}
        path, staff = f"/admin/campaigns/{draft['id']}/steps", booth.staff
        with cloud.unchanged():
            reply = staff.post(path, json=body)
            assert (reply.code, reply.json["details"]) == (
                "campaign_below_cost",
                {"sku_ids": [quilt.skus[0].id]},
            )
            assert staff.post(path, json=body | {"allow_below_cost": True}).status == 403
        chief = booth.http.as_(factories.staff_token("campaigns.write", "campaigns.below_cost"))
        assert chief.post(path, json=body | {"allow_below_cost": True}).ok()["below_cost"] is True
        rows = [each for each in Operation.query("2026-11-24") if each.path == path]
        assert '"allow_below_cost": true' in (rows[0].summary or "")

    def test_an_unknown_cost_is_no_reason(self, booth: Booth) -> None:
        draft = booth.draft(PLAY, item(costing(None), 1))
        assert margin(booth, draft)["below_cost"] is False
        assert booth.step(draft, "schedule")["status"] == "running"


class TestOthersEarn:
    """Somebody gets a tenth of what is paid, and 50 fen a piece."""

    @pytest.fixture(autouse=True)
    def _commission(self) -> Iterator[None]:
        class Commission:
            name = "commission"

            def most(self, goods: Goods, amount: int, quantity: int) -> int:
                return amount // 10 + 50 * quantity

        costs.data.append(Commission())
        yield
        costs.data.pop()

    def test_scheduling_and_checkout_count_it(self, counter: Counter, booth: Booth, cloud: Cloud) -> None:
        alone: dict[str, Any] = {"not_with": ["coupon", "points"]}
        draft = booth.draft(PLAY, item(costing(8951), 10_000), **alone)
        found, staff = margin(booth, draft), booth.staff
        assert (found["lowest_amount"], found["earned"], found["below_cost"]) == (10_000, {"commission": 1050}, True)
        path, body = f"/admin/campaigns/{draft['id']}/steps", {"step": "schedule", "version": draft["version"]}
        with cloud.unchanged():
            assert staff.post(path, json=body).code == "campaign_below_cost"
        lamp = costing(8950, "lamp")
        campaign = booth.run(PLAY, item(lamp, 10_000), **alone)
        assert margin(booth, campaign)["below_cost"] is False
        assert counter.preview(factories.line(lamp, 2))["payable_amount"] == 20_000
        lamp.skus[0].cost_amount = 8951
        lamp.save()
        assert counter.try_preview(factories.line(lamp, 2)).code == "price_below_cost"


class TestAtCheckout:
    def test_the_cost_rose_since(self, counter: Counter, booth: Booth, cloud: Cloud) -> None:
        quilt = costing(7000)
        line = factories.line(quilt)
        booth.run(PLAY, item(quilt, 10_000), not_with=["points"])
        assert counter.preview(line)["payable_amount"] == 10_000
        coupon = give(counter.shopper.id, threshold_amount=0, off_amount=2000)
        assert counter.preview(line)["lines"][0]["payable_amount"] == 8000
        costing_again(quilt, 9000)
        with cloud.unchanged():
            reply = counter.try_order(line, payable=8000)
            assert (reply.code, reply.json["details"]) == ("price_below_cost", {"sku_ids": [quilt.skus[0].id]})
            assert counter.try_preview(line, coupon=coupon.id).code == "price_below_cost"
            # Two at 18000 with the coupon cost just what they are worth; no fen less.
            assert counter.preview(factories.line(quilt, 2))["lines"][0]["payable_amount"] == 18_000
        assert counter.preview(line, coupon="none")["payable_amount"] == 10_000
        costing_again(quilt, 9001)
        assert counter.try_preview(factories.line(quilt, 2)).code == "price_below_cost"

    def test_where_it_is_allowed_and_where_no_campaign_is(self, counter: Counter, booth: Booth) -> None:
        quilt, towel = costing(9000), costing(9000, "towel", price=12_000)
        draft = booth.draft(PLAY, item(quilt, 8000), not_with=["coupon", "points"])
        chief = booth.http.as_(factories.staff_token("campaigns.write", "campaigns.below_cost"))
        body = {"step": "schedule", "version": draft["version"], "allow_below_cost": True}
        chief.post(f"/admin/campaigns/{draft['id']}/steps", json=body).ok()
        assert counter.preview(factories.line(quilt))["lines"][0]["payable_amount"] == 8000
        give(counter.shopper.id, threshold_amount=0, off_amount=5000)
        assert counter.preview(factories.line(towel))["lines"][0]["payable_amount"] == 7000


def costing_again(product: Product, cost: int) -> None:
    found = Product.find(product.id)
    assert found is not None
    found.skus = [sku.model_copy(update={"cost_amount": cost}) for sku in found.skus]
    found.save()
