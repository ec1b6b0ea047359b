"""A coupon is used in a store, by people who work there: once, whatever the till does."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib.core import clock
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.coupons.models import TemplateDay
from chalicelib.loyalty.coupons.schemas import Terms
from chalicelib.loyalty.coupons.templates import service as templates
from chalicelib.mall.stores import service as stores
from chalicelib.mall.stores.schemas import StoreFields
from infra.local.faults import every_death
from tests.harness import Client, Cloud, MovableClock
from tests.loyalty.coupons.factories import give, require_sound, template
from tests.loyalty.factories import Counter, staff
from tests.mall.stores.factories import store
from tests.trade import factories
from tests.trade.fulfillment.entitlements.factories import clerk

Do = Callable[..., Any]


def test_redeemed_once(counter: Counter, http: Client, cloud: Cloud, drain: Do) -> None:
    coupon = give(counter.shopper.id, threshold_amount=5000)
    here, there = (stores.create(StoreFields.model_validate(store(name))).id for name in ("一店", "二店"))
    desk = http.as_(clerk(here, permissions=("coupons.redeem", "pickup.read")))
    stranger = http.as_(clerk(there, permissions=("coupons.redeem",)))
    path = f"/admin/coupons/{coupon.code}"
    assert desk.get(path).ok()["id"] == coupon.id
    bought = {"store_id": here, "goods_amount": 5000}
    refused: list[tuple[dict[str, Any], str]] = [({"goods_amount": 4999}, "coupon_not_usable")]
    refused += [({"store_id": there}, "not_your_store"), ({"store_id": "sto_none"}, "store_not_found")]
    with cloud.unchanged():
        for change, code in refused:
            assert desk.post(f"{path}/redeem", json={**bought, **change}, key="till-0001").code == code
        assert stranger.post(f"{path}/redeem", json=bought, key="till-0001").code == "not_your_store"
    done = desk.post(f"{path}/redeem", json=bought, key="till-0001").ok()
    assert (done["status"], done["store_id"]) == ("used", here)
    with cloud.unchanged():
        assert desk.post(f"{path}/redeem", json=bought, key="till-0001").ok() == done, "the same tap again"
        other = {**bought, "goods_amount": 6000}
        assert desk.post(f"{path}/redeem", json=other, key="till-0001").code == "idempotency_key_reused"
        assert desk.post(f"{path}/redeem", json=bought, key="till-0002").code == "coupon_not_usable"
    require_sound(counter.shopper.id)
    assert desk.get("/admin/coupons/000000000000").status == 404
    assert staff(http, "coupons.write").get(path).status == 403
    drain(twice=True)
    (day,) = desk.get("/admin/store-days").ok()["items"]
    assert (day["store_id"], day["redeemed_count"], day["redeemed_goods_amount"]) == (here, 1, 5000)
    asked = {"from_day": "2026-11-23", "to_day": "2026-11-25"}
    numbers = staff(http, "coupons.read").get(f"/admin/coupon-templates/{coupon.template_id}/days", query=asked).ok()
    counted = {"redeemed_count": 1, "redeemed_goods_amount": 5000, "redeemed_discount_amount": 2000}
    for found in (numbers["total"], numbers["items"][1]):
        assert {name: found[name] for name in counted} == counted
        assert (found["issued_count"], found["used_count"], found["discount_amount"]) == (1, 0, 0)


@pytest.mark.parametrize(
    ("of_terms", "base", "off"),
    [
        ({"kind": "cash", "off_amount": 2000}, 1500, 1500),
        ({"kind": "percent", "off_bps": 1000}, 15_005, 1501),
        ({"kind": "percent", "off_bps": 5000, "cap_amount": 300}, 10_000, 300),
        ({"kind": "gift"}, 10_000, 0),
        ({"kind": "cash", "off_amount": 2000}, 0, 0),
    ],
)
def test_what_it_takes_off(of_terms: dict[str, Any], base: int, off: int) -> None:
    assert Terms.model_validate({"valid_days": 7, **of_terms}).off(base) == off


def test_the_numbers_are_of_all_shards(cloud: Cloud, frozen: MovableClock) -> None:
    made, today = template(), clock.today()
    for number in range(12):
        with Transaction() as tx:
            templates.count(tx, made.id, f"cpn_{number}", TemplateDay.redeemed_discount_amount.add(2000))
    assert len(list(TemplateDay.query(made.id))) > 1
    found = templates.days(made.id, today, today)
    assert found.total.redeemed_discount_amount == found.items[0].redeemed_discount_amount == 24_000


def test_a_closed_store_redeems_nothing(counter: Counter, http: Client, cloud: Cloud) -> None:
    coupon = give(counter.shopper.id)
    shut = stores.create(StoreFields.model_validate(store(active=False))).id
    desk = http.as_(clerk(permissions=("coupons.redeem", "stores.everywhere")))
    with cloud.unchanged():
        reply = desk.post(f"/admin/coupons/{coupon.code}/redeem", json={"store_id": shut}, key="till-0001")
    assert reply.code == "store_not_found"


@pytest.mark.dynoxide
def test_at_two_tills_at_once(counter: Counter, http: Client) -> None:
    coupon = give(counter.shopper.id)
    here = stores.create(StoreFields.model_validate(store())).id
    desk = http.as_(clerk(here, permissions=("coupons.redeem",)))
    path = f"/admin/coupons/{coupon.code}/redeem"
    with ThreadPoolExecutor(4) as pool:
        bought = {"store_id": here, "goods_amount": 10_000}
        replies = list(pool.map(lambda n: desk.post(path, json=bought, key=f"till-{n:04d}"), range(4)))
    assert sum(each.status < 400 for each in replies) == 1, [each.text for each in replies]
    require_sound(counter.shopper.id)


def test_death_at_every_step(counter: Counter, http: Client, cloud: Cloud, drain: Do, sweep: Do) -> None:
    world: dict[str, Any] = {}

    def begin() -> None:
        cloud.memory.clear()
        stores.forget()
        world["buyer"] = factories.shopper("till")
        world["coupon"] = give(world["buyer"].id)
        world["store"] = stores.create(StoreFields.model_validate(store())).id
        world["desk"] = http.as_(clerk(world["store"], permissions=("coupons.redeem", "pickup.read")))

    def act() -> Any:
        body = {"store_id": world["store"], "goods_amount": 10_000}
        return world["desk"].post(f"/admin/coupons/{world['coupon'].code}/redeem", json=body, key="till-0001")

    def check() -> None:
        assert act().ok()["status"] == "used"  # the till asks again
        sweep(redeliver=True)
        (day,) = world["desk"].get("/admin/store-days").ok()["items"]
        assert (day["redeemed_count"], day["redeemed_goods_amount"]) == (1, 10_000)
        require_sound(world["buyer"].id)

    every_death(begin, act, check)
