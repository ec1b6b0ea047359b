"""Staff add pieces to a campaign that runs, and take unsold ones out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.growth.campaigns.base.pieces import service as pieces
from chalicelib.growth.campaigns.base.pieces.schemas import ChangePieces
from chalicelib.mall.catalog.products.models import Product, ProductKind
from chalicelib.mall.inventory.models import Stock, StockEntry, StockKey
from infra.local.faults import every_death
from tests.growth.campaigns.factories import Booth, change_pieces, item, left, require_conserved, stored
from tests.growth.campaigns.friends import at_once
from tests.harness import START, Cloud, MovableClock
from tests.loyalty.factories import Counter
from tests.mall.catalog.factories import staff_token
from tests.trade import factories

Do = Callable[..., Any]
PLAY = "limited_discount"
PRICE, CHEAP, WHOLE = 12_000, 9_900, 10


@pytest.fixture
def quilt(counter: Counter) -> Product:
    return factories.product(price=PRICE, stock=WHOLE)


@pytest.fixture
def campaign(booth: Booth, quilt: Product) -> Any:
    """Two of ten pieces are set aside."""
    return booth.run(PLAY, item(quilt, CHEAP, stock=2))


def sku(product: Product) -> dict[str, str]:
    return {"sku_id": product.skus[0].id}


def stocks(booth: Booth, campaign: Any) -> tuple[int, int]:
    (found,) = booth.show(campaign)["stocks"]
    return found["set_aside"], found["left"]


def test_sold_out_filled_up_and_taken_out(
    booth: Booth, counter: Counter, quilt: Product, campaign: Any, drain: Do
) -> None:
    line = factories.line(quilt)
    counter.order(factories.line(quilt, 2))
    drain()
    assert counter.preview(line)["payable_amount"] == PRICE
    added = change_pieces(booth, campaign, 3, note="好卖", **sku(quilt)).ok()
    assert [(each["set_aside"], each["left"]) for each in added["stocks"]] == [(5, 3)]
    assert counter.preview(line)["payable_amount"] == CHEAP
    drain(redeliver=True)
    assert change_pieces(booth, campaign, -1, "pieces-02", **sku(quilt)).ok()["version"] == added["version"] + 1
    assert (stocks(booth, campaign), factories.available(quilt)) == ((4, 2), 6)
    change_pieces(booth, campaign, -2, "pieces-03", **sku(quilt)).ok()
    assert counter.preview(line)["payable_amount"] == PRICE
    drain(redeliver=True)
    require_conserved(campaign, quilt, WHOLE)
    log = [(each.reason.value, each.delta) for each in StockEntry.query(f"{campaign['id']}/{quilt.skus[0].id}")]
    moves = [("set_aside", 2), ("set_aside", 3), ("released", -1), ("released", -2)]
    assert sorted(each for each in log if each[0] != "taken") == sorted(moves)


def test_what_is_set_aside_of_codes_is_counted_by_nobody_but_their_pool(
    booth: Booth, counter: Counter, cloud: Cloud
) -> None:
    card = factories.product("card", price=PRICE, stock=WHOLE, kind=ProductKind.CODE)
    begun = booth.run(PLAY, item(card, CHEAP, stock=2))
    key = StockKey(begun["id"], card.skus[0].id)
    change_pieces(booth, begun, 3, **sku(card)).ok()
    desk = counter.http.as_(staff_token("inventory.write", "inventory.read"))
    path = f"/admin/stocks/{key.owner}/{key.sku_id}"
    assert (desk.get(path).ok()["keeper"], desk.get(path).ok()["available"]) == ("codes", 5)
    with cloud.unchanged():
        assert desk.post(f"{path}/adjust", json={"delta": 1, "note": "x"}, key="adjust-01").code == "stock_kept"
    Stock(owner=key.owner, sku_id=key.sku_id).delete()
    change_pieces(booth, begun, 1, "pieces-02", **sku(card)).ok()
    assert desk.get(path).ok()["keeper"] == "codes", "a stock that pieces are added to first is kept like the product's"


def test_the_end_gives_back_what_was_added(booth: Booth, quilt: Product, campaign: Any, drain: Do) -> None:
    change_pieces(booth, campaign, 4, **sku(quilt)).ok()
    booth.step(campaign, "stop")
    drain(redeliver=True)
    assert (left(campaign, quilt), factories.available(quilt)) == (0, WHOLE)
    require_conserved(campaign, quilt, WHOLE)


def test_a_tap_twice_is_one(booth: Booth, quilt: Product, campaign: Any, cloud: Cloud) -> None:
    version, staff = booth.show(campaign)["version"], booth.staff
    first = change_pieces(booth, campaign, 3, version=version, **sku(quilt)).ok()
    with cloud.unchanged():
        again = change_pieces(booth, campaign, 3, version=version, **sku(quilt)).ok()
        assert (again["version"], again["stocks"]) == (first["version"], first["stocks"])
        body = {"delta": 2, "version": version, **sku(quilt)}
        path = f"/admin/campaigns/{campaign['id']}/pieces"
        assert staff.post(path, json=body, key="pieces-01").code == "idempotency_key_reused"
        assert staff.post(path, json=body, key="pieces-02").code == "campaign_edited"
        assert staff.post(path, json=body).status == 422
    assert left(campaign, quilt) == 5


def test_refusals_write_nothing(booth: Booth, counter: Counter, quilt: Product, campaign: Any, cloud: Cloud) -> None:
    towel = factories.product("towel", price=3000)
    open_stock = booth.run(PLAY, item(towel, 2000))
    later = booth.run(PLAY, item(factories.product("lamp", price=3000), 2000, stock=2), begins=2)
    over = booth.run(PLAY, item(factories.product("mug", price=3000), 2000, stock=2))
    booth.step(over, "stop")
    reader, staff = booth.http.as_(factories.staff_token("campaigns.read")), booth.staff
    versions = {each["id"]: booth.show(each)["version"] for each in (campaign, open_stock, later, over)}
    with cloud.unchanged():
        for which, delta, more, code in (
            (campaign, 9, sku(quilt), "out_of_stock"),
            (campaign, -3, sku(quilt), "campaign_pieces_gone"),
            (campaign, 0, sku(quilt), "invalid"),
            (campaign, 1_000_001, sku(quilt), "invalid"),
            (campaign, 1, sku(towel), "invalid"),
            (campaign, 1, {}, "invalid"),
            (campaign, 1, {**sku(quilt), "part": "ten"}, "invalid"),
            (open_stock, 1, sku(towel), "invalid"),
            (later, 1, {"sku_id": stored(later).items[0].sku_id}, "campaign_fixed"),
            (over, 1, {"sku_id": stored(over).items[0].sku_id}, "campaign_fixed"),
            ({"id": "cmp_none"}, 1, sku(quilt), "campaign_not_found"),
        ):
            body = {"delta": delta, "version": versions.get(which["id"], 1), **more}
            path = f"/admin/campaigns/{which['id']}/pieces"
            assert staff.post(path, json=body, key="pieces-09").code == code, (delta, more)
            assert reader.post(path, json=body, key="pieces-09").status == 403
    assert (left(campaign, quilt), factories.available(quilt)) == (2, 8)


def test_the_profit_guard_holds(booth: Booth, quilt: Product, campaign: Any, cloud: Cloud) -> None:
    """The cost has risen since it was scheduled: no more of it. Fewer: always."""
    quilt.skus[0].cost_amount = CHEAP + 1
    quilt.save()
    version, staff = booth.show(campaign)["version"], booth.staff
    body = {"delta": 1, "version": version, **sku(quilt)}
    with cloud.unchanged():
        reply = staff.post(f"/admin/campaigns/{campaign['id']}/pieces", json=body, key="pieces-01")
        assert (reply.code, reply.json["details"]) == ("campaign_below_cost", {"sku_ids": [quilt.skus[0].id]})
    change_pieces(booth, campaign, -1, **sku(quilt)).ok()
    assert left(campaign, quilt) == 1


@pytest.mark.dynoxide
def test_staff_and_buyers_at_once(booth: Booth, counter: Counter, quilt: Product, campaign: Any) -> None:
    """Four want one each of the two; staff take two out, and add three."""
    counters = [counter, *(Counter(counter.http, factories.shopper(f"buyer-{n}")) for n in range(3))]
    version, staff = booth.show(campaign)["version"], booth.staff
    path, line = f"/admin/campaigns/{campaign['id']}/pieces", factories.line(quilt)

    def change(delta: int) -> Any:
        body = {"delta": delta, "version": version, **sku(quilt)}
        return staff.post(path, json=body, key=f"pieces-{delta}")

    calls = [lambda who=each: who.try_order(line, payable=CHEAP) for each in counters]  # type: ignore[misc]
    replies = at_once([*calls, lambda: change(-2), lambda: change(3)])
    bought = sum(each.status == 201 for each in replies[:4])
    out, more = (each.status == 201 or each.status == 200 for each in replies[4:])
    codes = {each.code for each in replies if each.status >= 400}
    assert codes <= {"out_of_stock", "too_busy", "price_changed", "campaign_pieces_gone", "campaign_edited"}
    assert not (out and more), "one of them read an older version"
    assert left(campaign, quilt) == 2 - bought - 2 * out + 3 * more >= 0
    require_conserved(campaign, quilt, WHOLE)


def test_a_death_at_every_step(booth: Booth, frozen: MovableClock, cloud: Cloud, drain: Do) -> None:
    world: dict[str, Any] = {}

    def begin() -> None:
        cloud.memory.clear()
        frozen.set(START)
        booth.logged_in_at = None
        quilt = factories.product(price=PRICE, stock=WHOLE)
        world.update(quilt=quilt, campaign=booth.run(PLAY, item(quilt, CHEAP, stock=2)))
        world["version"] = booth.show(world["campaign"])["version"]

    def act() -> None:
        asked = ChangePieces(delta=3, version=world["version"], **sku(world["quilt"]))
        pieces.change("stf_1", "pieces-01", world["campaign"]["id"], asked)

    def check() -> None:
        campaign, quilt = world["campaign"], world["quilt"]
        assert stocks(booth, campaign) in ((2, 2), (5, 5))
        require_conserved(campaign, quilt, WHOLE)
        act()  # the same tap again
        drain()
        assert stocks(booth, campaign) == (5, 5)
        require_conserved(campaign, quilt, WHOLE)

    steps = every_death(begin, act, check)
    assert sum("TransactWriteItems" in str(each) for each in steps) >= 1
