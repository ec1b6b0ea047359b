"""A presale's way: the deposit, the balance, the order; and why not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.growth.campaigns.presale.deposits import service as deposits
from chalicelib.growth.campaigns.presale.models import Deposit
from chalicelib.trade.payments.purchases.models import DirectPurchase
from tests.growth.campaigns.factories import Booth, had, item, left, put_into
from tests.growth.campaigns.presale.factories import (
    BALANCE_BEGINS,
    COUNTS,
    DEPOSIT,
    DEPOSITS_END,
    ENDS,
    FINAL,
    LIST,
    PLAY,
    PRICE,
    SHIPS,
    Stand,
    dates,
    deposit_of,
    goods,
    refused,
)
from tests.harness import Cloud, MovableClock
from tests.loyalty.factories import adjustments
from tests.loyalty.segments.factories import some_active
from tests.trade import factories

SECOND, MOMENT = timedelta(seconds=1), timedelta(milliseconds=1)


def test_deposit_balance_order(stand: Stand) -> None:
    view = stand.deposit()
    assert (stand.standing(view), stand.held(), left(stand.campaign, stand.product)) == ("waiting", 1, 4)
    shown = stand.show(view)
    assert (shown["amount"], shown["counts_amount"], shown["price_amount"]) == (DEPOSIT, COUNTS, PRICE)
    assert shown["balance_amount"] == PRICE - COUNTS

    stand.until(BALANCE_BEGINS)
    quote = stand.preview(view)
    assert (quote["payable_amount"], quote["advance_amount"]) == (FINAL, DEPOSIT)
    assert adjustments(quote) == [(PLAY, FINAL - LIST)]
    assert quote["ship_by"] == (stand.began_at + SHIPS).isoformat().replace("+00:00", "Z")
    order = stand.order(view)
    assert (stand.standing(view), order["payable_amount"], order["advance_amount"]) == ("ordered", FINAL, DEPOSIT)
    begun = stand.pay_order(order)
    assert (begun["amount"], begun["channel_amount"]) == (FINAL, PRICE - COUNTS)
    assert begun["parts"] == [{"tender": "advance", "amount": DEPOSIT}]
    assert (stand.standing(view), stand.money(view)) == ("spent", (FINAL, 0))
    stand.require_conserved()
    stand.wait(hours=4)
    assert (stand.standing(view), stand.money(view)) == ("spent", (FINAL, 0))
    numbers = stand.booth.numbers(stand.campaign)
    assert (numbers["participant_count"], numbers["order_count"]) == (1, 1)
    assert (numbers["paid_amount"], numbers["discount_amount"]) == (FINAL, LIST - FINAL)


def test_without_a_deposit_it_costs_what_it_costs(stand: Stand) -> None:
    line = factories.line(stand.product)
    stand.until(BALANCE_BEGINS)
    assert stand.named("ann").preview(line)["payable_amount"] == LIST


def test_the_windows_to_the_second(stand: Stand) -> None:
    stand.until(DEPOSITS_END - SECOND)
    view = stand.deposit()
    stand.clock.set(stand.began_at + DEPOSITS_END - MOMENT)  # a request takes just that
    refused(stand.try_begin("bob"), "not_depositable", reason="deposits_over")

    stand.until(BALANCE_BEGINS - SECOND)
    quote = stand.preview(view)
    assert (quote["payable_amount"], quote["choices"][0]["reason"]) == (LIST, "还未到支付尾款的时间")
    stand.clock.move(seconds=1)
    assert stand.preview(view)["payable_amount"] == FINAL

    stand.until(ENDS - SECOND, deliver=False)
    assert stand.preview(view)["payable_amount"] == FINAL
    stand.clock.move(seconds=1)  # the sweep is down, and for an hour more
    for _ in range(2):
        assert stand.preview(view)["payable_amount"] == LIST
        assert stand.standing(view) == "over"
        stand.clock.move(hours=1)
    line = factories.line(stand.product)
    body = {"key": stand.key(), "payable": FINAL, "presale": view["id"]}
    refused(stand.named("ann").try_order(line, **body), "price_changed")
    assert factories.orders_of(stand.named("ann").shopper.id) == []


def test_other_discounts_do_not_take_the_deposit_away(stand: Stand) -> None:
    """A lower price of another campaign would lose what was paid: who names a deposit has its price."""
    view = stand.deposit()
    stand.booth.run("limited_discount", item(stand.product, FINAL - 1000), lasts=24)
    stand.until(BALANCE_BEGINS)
    assert stand.preview(view)["payable_amount"] == FINAL
    assert stand.preview(view, price="none")["payable_amount"] == FINAL, "declining prices does not decline a deposit"
    assert stand.preview(view, price="limited_discount")["payable_amount"] == FINAL - 1000
    quote = stand.preview(view, price="limited_discount")
    assert quote["advance_amount"] == 0


def test_exactly_its_pieces(stand: Stand) -> None:
    view = stand.deposit(quantity=2)
    stand.until(BALANCE_BEGINS)
    quote = stand.preview(view, quantity=1)
    assert (quote["payable_amount"], quote["choices"][0]["reason"]) == (LIST, "定金对应2件商品")
    order = stand.order(view, quantity=2)
    assert (order["payable_amount"], order["advance_amount"]) == (2 * FINAL, 2 * DEPOSIT)
    stand.require_conserved()


def test_once(stand: Stand) -> None:
    view = stand.deposit()
    stand.until(BALANCE_BEGINS)
    stand.order(view)
    quote = stand.preview(view)
    assert (quote["payable_amount"], quote["choices"][0]["reason"]) == (LIST, "该定金已下单，请支付尾款")


def test_the_same_key_is_the_same_deposit(stand: Stand) -> None:
    one, two = (stand.try_begin(key="again-0001").ok() for _ in range(2))
    assert one["id"] == two["id"]
    assert stand.held() == 1


@pytest.mark.parametrize("limits", [{"per_member_max": 1}, {"stock": 1}])
def test_the_same_key_twice_at_once_is_one_deposit_and_no_refusal(
    opened: Callable[..., Stand], monkeypatch: pytest.MonkeyPatch, limits: dict[str, int]
) -> None:
    """Its twin is quicker, and takes the last that there is for the member: that is the answer to both."""
    stand, new, twin = opened(**limits), deposits._new, list[Any]()

    def slow(*asked: Any) -> Any:
        if not twin:
            twin.append(None)
            twin[0] = stand.try_begin(key="again-0001").ok()
        return new(*asked)

    monkeypatch.setattr(deposits, "_new", slow)
    assert stand.try_begin(key="again-0001").ok()["id"] == twin[0]["id"]
    assert (stand.held(), Deposit.count(), DirectPurchase.count()) == (1, 1, 1)


@pytest.mark.parametrize("what", ["show", "sync", "order"])
def test_another_member_finds_nothing(stand: Stand, what: str) -> None:
    view = stand.deposit()
    bob = stand.client("bob")
    if what == "show":
        refused(bob.get(f"/presale-deposits/{view['id']}"), "deposit_not_found")
    elif what == "sync":
        refused(bob.post(f"/presale-deposits/{view['id']}/sync"), "deposit_not_found")
    else:
        stand.until(BALANCE_BEGINS)
        quote = stand.preview(view, "bob")
        assert (quote["payable_amount"], quote["choices"]) == (LIST, [])
    assert bob.get("/presale-deposits").ok()["items"] == []
    assert [each["id"] for each in stand.client("ann").get("/presale-deposits").ok()["items"]] == [view["id"]]


def test_sold_out_for_deposits(opened: Callable[..., Stand]) -> None:
    stand = opened(stock=1)
    stand.try_begin("ann").ok()
    refused(stand.try_begin("bob"), "not_depositable", reason="sold_out")
    assert Deposit.count() == DirectPurchase.count() == 1
    stand.require_conserved()


def test_limits_count_from_the_deposit_on(opened: Callable[..., Stand]) -> None:
    stand = opened(per_member_max=2)
    view = stand.deposit(quantity=2)
    member_id = stand.named("ann").shopper.id
    assert had(member_id, stand.campaign) == {stand.sku_id: 2}
    refused(stand.try_begin(), "not_depositable", reason="limit_reached")
    assert Deposit.count() == 1
    stand.until(BALANCE_BEGINS)
    order = stand.order(view, quantity=2)
    assert order["advance_amount"] == 2 * DEPOSIT
    assert had(member_id, stand.campaign) == {stand.sku_id: 2}
    stand.cancel(order)
    assert had(member_id, stand.campaign) == {stand.sku_id: 2}  # the deposit still waits


def test_unpaid_deposits_give_all_back(opened: Callable[..., Stand]) -> None:
    stand = opened(per_member_max=2)
    view = stand.try_begin(quantity=2).ok()
    assert stand.held() == 2
    stand.wait(minutes=32)
    assert (stand.standing(view), stand.held(), left(stand.campaign, stand.product)) == ("closed", 0, 5)
    assert had(stand.named("ann").shopper.id, stand.campaign) == {}
    stand.deposit(quantity=2)
    stand.require_conserved()


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"campaign_id": "cmp_none"}, "not_running"), ({"sku_id": "sku_none"}, "not_running")],
)
def test_what_is_not_there(stand: Stand, change: dict[str, Any], reason: str) -> None:
    refused(stand.try_begin(**change), "not_depositable", reason=reason)
    assert Deposit.count() == DirectPurchase.count() == 0


def test_before_it_begins(booth: Booth, frozen: MovableClock, opened: Callable[..., Stand]) -> None:
    stand = opened()
    stand.clock.set(stand.began_at - SECOND)
    refused(stand.try_begin(), "not_depositable", reason="not_running")


def test_for_a_segment(cloud: Cloud, opened: Callable[..., Stand]) -> None:
    (segment,) = some_active(1)
    stand = opened(segment_id=segment.id)
    refused(stand.try_begin(), "not_depositable", reason="not_for_me")
    put_into(stand.named("ann").shopper.id, segment.id)
    stand.try_begin().ok()


def test_who_leaves_the_segment_keeps_what_was_paid_for(opened: Callable[..., Stand]) -> None:
    """A balance is due weeks later: newcomers are none by then, and their deposit still counts."""
    (segment,) = some_active(1)
    stand = opened(segment_id=segment.id)
    member_id = stand.named("ann").shopper.id
    put_into(member_id, segment.id)
    view = stand.deposit()
    put_into(member_id)
    refused(stand.try_begin(), "not_depositable", reason="not_for_me")
    stand.until(BALANCE_BEGINS)
    assert stand.preview(view)["payable_amount"] == FINAL
    stand.pay_order(stand.order(view))
    assert stand.standing(view) == "spent"


def test_all_at_once(booth: Booth, frozen: MovableClock, stand: Stand) -> None:
    """A presale without a deposit: the price for everybody, and a promise of when it leaves."""
    lamp = factories.product("lamp", price=20_000)
    ship_by = frozen.at + SHIPS
    settings = {"mode": "full", "ship_by": ship_by.isoformat()}
    campaign = booth.run(PLAY, item(lamp, 20_000, stock=3), lasts=6, settings=settings)
    line, plain = factories.line(lamp), factories.line(factories.product("plain", price=100))
    quote = stand.named("ann").preview(line, plain)
    assert quote["ship_by"] == ship_by.isoformat().replace("+00:00", "Z")
    assert stand.named("ann").preview(plain)["ship_by"] is None
    order = stand.named("ann").order(line)
    assert (order["payable_amount"], order["advance_amount"]) == (20_000, 0)
    assert left(campaign, lamp) == 2
    body = {"campaign_id": campaign["id"], "product_id": lamp.id, "sku_id": lamp.skus[0].id}
    refused(stand.try_begin(**body), "not_depositable", reason="not_running")


@pytest.mark.parametrize(
    ("settings", "terms", "more", "field"),
    [
        ({"balance_from": None}, {}, {}, "settings"),
        ({"mode": "full"}, {}, {}, "settings"),
        ({"unpaid": "burned"}, {}, {}, "settings.unpaid"),
        ({"remind_hours": 73}, {}, {}, "settings.remind_hours"),
        ({"ship_by": 5.9}, {}, {}, "settings.ship_by"),
        ({"ship_by": 331 * 24}, {}, {}, "settings.ship_by"),
        ({"deposit_until": 0}, {}, {}, "settings.deposit_until"),
        ({"balance_from": 1.9}, {}, {}, "settings.balance_from"),
        ({"balance_from": 5.1}, {}, {}, "settings.balance_from"),
        ({}, {"deposit_amount": 0}, {}, "items.0.terms.deposit_amount"),
        ({}, {"deposit_amount": None, "counts_amount": None}, {}, "items.0.terms.deposit_amount"),
        ({}, {"counts_amount": DEPOSIT - 1}, {}, "items.0.terms"),
        ({}, {"counts_amount": PRICE}, {}, "items.0.terms.counts_amount"),
        ({}, {}, {"stock": None}, "items.0.stock"),
        ({}, {}, {"unit_amount": LIST + 1}, "items.0.unit_amount"),
        ({}, {}, {"unit_amount": None}, "items.0.unit_amount"),
    ],
)
def test_what_staff_can_not_say(
    booth: Booth, frozen: MovableClock, settings: Any, terms: Any, more: Any, field: str
) -> None:
    told = {
        name: (frozen.at + timedelta(hours=value)).isoformat() if isinstance(value, (int, float)) else value
        for name, value in settings.items()
        if name != "remind_hours"
    }
    hours = {name: value for name, value in settings.items() if name == "remind_hours"}
    quilt = factories.product(price=LIST)
    line = {**goods(quilt, **terms), **more}
    reply = booth.try_draft(PLAY, line, lasts=6, settings={**dates(frozen.at), **told, **hours})
    assert (reply.status, reply.json["details"]["errors"][0]["field"]) == (422, field)


def test_sold_below_cost_counts_in_money(booth: Booth, frozen: MovableClock) -> None:
    quilt = factories.product(price=LIST)
    quilt.skus[0].cost_amount = FINAL + 1
    quilt.save()
    draft = booth.draft(PLAY, goods(quilt), lasts=6, settings=dates(frozen.at))
    assert draft["margins"][0]["campaign_amount"] == FINAL
    refused(booth.try_step(draft, "schedule"), "campaign_below_cost")


def test_what_is_kept_about_a_member(stand: Stand) -> None:
    from chalicelib.growth.campaigns.presale.shop.service import export, stands_against_closing

    view = stand.deposit()
    member_id = stand.named("ann").shopper.id
    assert [each["id"] for each in export(member_id)] == [view["id"]]
    assert stands_against_closing(member_id) is not None
    assert stands_against_closing(stand.named("bob").shopper.id) is None
    assert deposit_of(view).member_id == member_id
