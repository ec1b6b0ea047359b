"""Many at once, and a process that dies at every step: exact all the same."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st

from chalicelib.core import inbox
from chalicelib.growth.campaigns.bargain.models import Bargain, BargainSlot, BargainStatus
from infra.local.faults import every_death
from tests.growth.campaigns.bargain.factories import (
    FLOOR,
    Party,
    counted,
    cuts_of,
    party,
    require_sound,
    stored,
)
from tests.growth.campaigns.factories import Booth, require_conserved
from tests.growth.campaigns.friends import at_once, messages, old_friend
from tests.harness import START, Cloud, MovableClock
from tests.loyalty.factories import Counter
from tests.trade import factories

Do = Callable[..., Any]


@pytest.fixture
def shop(booth: Booth, counter: Counter, frozen: MovableClock) -> Party:
    return party(booth, counter, starter_cuts=False, cuts_a_day=2)


@pytest.mark.dynoxide
def test_eight_at_once_on_the_last_cut(shop: Party) -> None:
    bargain = shop.start()
    for name in ("ann", "bea", "cid"):
        shop.cut(bargain, old_friend(name))
    friends = [old_friend(f"rush-{n}") for n in range(8)]
    replies = at_once([lambda friend=each: shop.try_cut(bargain, friend) for each in friends])  # type: ignore[misc]
    good = [each for each in replies if each.status == 201]
    assert len(good) == 1
    assert {each.code for each in replies if each.status != 201} <= {"bargain_at_floor", "too_busy"}
    assert require_sound(bargain).price_amount == FLOOR
    assert sum(counted(each) for each in friends) == 1


@pytest.mark.dynoxide
def test_the_same_friend_taps_many_times_at_once(shop: Party) -> None:
    bargain, friend = shop.start(), old_friend()
    replies = at_once([lambda: shop.try_cut(bargain, friend)] * 6)
    assert sum(each.status == 201 for each in replies) == 1
    assert {each.code for each in replies if each.status != 201} <= {"bargain_already_cut", "too_busy"}
    assert (require_sound(bargain).cut_count, counted(friend)) == (1, 1)


@pytest.mark.dynoxide
def test_a_friend_helps_many_at_once_and_no_more_than_the_day_allows(shop: Party) -> None:
    friend = old_friend()
    bargains = [shop.start(Counter(shop.http, old_friend(f"owner-{n}"))) for n in range(5)]
    replies = at_once([lambda to=each: shop.try_cut(to, friend) for each in bargains])  # type: ignore[misc]
    good = sum(each.status == 201 for each in replies)
    assert 1 <= good <= 2
    assert {each.code for each in replies if each.status != 201} <= {"bargain_cuts_used_up", "too_busy"}
    assert counted(friend) == good == sum(require_sound(each).cut_count for each in bargains)


@pytest.mark.dynoxide
def test_two_taps_start_one(shop: Party) -> None:
    replies = at_once([shop.try_start] * 6)
    ids = {each.json["id"] for each in replies if each.status == 201}
    assert {each.code for each in replies if each.status != 201} <= {"too_busy"}
    assert ids == {each.id for each in Bargain.scan(consistent_read=True)}
    assert len(ids) == 1


@pytest.mark.dynoxide
def test_an_order_and_a_cut_at_once(shop: Party) -> None:
    """Either the cut is in the price, or it was refused: never a cut on a bargain that was bought without it."""
    bargain, friend = shop.start(), old_friend()
    seen = shop.counter.preview(shop.line, bargain=bargain["id"], price="bargain")["payable_amount"]
    ordered, made = at_once(
        [
            lambda: shop.counter.try_order(shop.line, payable=seen, bargain=bargain["id"], price="bargain"),
            lambda: shop.try_cut(bargain, friend),
        ]
    )
    row = require_sound(bargain)
    if ordered.status == 201:
        assert (row.status, row.price_amount) == (BargainStatus.ORDERED, ordered.json["payable_amount"])
        assert made.code in ("bargain_ordered", "too_busy")
    else:
        assert ordered.code in ("price_changed", "bargain_moved", "too_busy")
        assert (row.status, row.order_id) == (BargainStatus.OPEN, None)
    assert row.cut_count == (1 if made.status == 201 else 0)


@pytest.mark.parametrize("meanwhile", ["ordered", "over", "cut"])
def test_what_happens_between_reading_and_cutting(
    shop: Party, frozen: MovableClock, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    """The moment of the draw is between the two: what comes in there decides."""
    bargain, friend, other = shop.start(), old_friend(), old_friend("other")
    shop.cut(bargain, old_friend("before"))
    price, real = stored(bargain).price_amount, secrets.randbelow

    def drawing(end: int) -> int:
        monkeypatch.setattr(secrets, "randbelow", real)
        if meanwhile == "ordered":
            order = shop.counter.order(shop.line, bargain=bargain["id"])
            assert order["payable_amount"] == price
        elif meanwhile == "over":
            frozen.set(stored(bargain).ends_at)
        else:
            shop.cut(bargain, other)
        return real(end)

    monkeypatch.setattr(secrets, "randbelow", drawing)
    reply = shop.try_cut(bargain, friend)
    row = require_sound(bargain)
    if meanwhile == "cut":
        assert (reply.json["cut_count"], row.cut_count, counted(friend)) == (3, 3, 1)
    else:
        assert reply.code == f"bargain_{meanwhile}"
        assert (row.price_amount, row.cut_count, counted(friend)) == (price, 1, 0)


@given(data=st.data())
@how(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_sequence_of_taps_and_orders(shop: Party, frozen: MovableClock, data: st.DataObject) -> None:
    """Friends, the same friends again, the owner, an order, in any sequence: the sums always hold."""
    frozen.set(START)
    owner = Counter(shop.http, old_friend(f"owner-{data.draw(st.uuids())}"))
    bargain = shop.start(owner)
    order: Any = None
    steps = st.lists(st.sampled_from(["a", "b", "c", "d", "e", "own", "order"]), min_size=3, max_size=8)
    for number, step in enumerate(data.draw(steps)):
        before = stored(bargain)
        if step == "order":
            reply = owner.try_order(shop.line, key=f"tap-{owner.shopper.id}-{number}"[:60], bargain=bargain["id"])
            order = reply.json if reply.status == 201 and before.cut_count else order
        else:
            friend = owner.shopper if step == "own" else old_friend(f"{owner.shopper.id}-{step}")
            reply = shop.try_cut(bargain, friend)
            assert reply.status in (201, 409)
        row = require_sound(bargain)
        assert row.floor_amount <= row.price_amount <= before.price_amount
        assert (row.status is BargainStatus.ORDERED) == (order is not None)
    assert len(cuts_of(bargain)) <= row.cuts_total


class TestDeaths:
    @pytest.mark.parametrize("step", ["start", "cut", "last cut", "order", "cancel"])
    def test_at_every_step(
        self, booth: Booth, counter: Counter, frozen: MovableClock, cloud: Cloud, drain: Do, sweep: Do, step: str
    ) -> None:
        world: dict[str, Any] = {}

        def begin() -> None:
            cloud.memory.clear()
            frozen.set(START)
            booth.logged_in_at = None
            buyer = Counter(counter.http, factories.shopper())
            world["shop"] = shop = party(booth, buyer, own_stock=3)
            world["friend"] = old_friend()
            if step != "start":
                world["bargain"] = shop.start()
            if step == "last cut":
                for name in ("ann", "bea"):
                    shop.cut(world["bargain"], old_friend(name))
            if step == "cancel":
                world["order"] = buyer.order(shop.line, bargain=world["bargain"]["id"])
            drain()
            if step == "cancel":
                shop.counter.cancel(world["order"])
                (message,) = messages(cloud, "base.return_to_campaigns")
                inbox.react(message)
                (world["message"],) = messages(cloud, "bargain.reopen_bargain")
            world["price"] = stored(world["bargain"]).price_amount if step != "start" else 0

        def act() -> None:
            shop: Party = world["shop"]
            if step == "start":
                shop.try_start()
            elif step == "order":
                shop.counter.try_order(shop.line, payable=world["price"], bargain=world["bargain"]["id"])
            elif step == "cancel":
                inbox.react(world["message"])
            else:
                shop.try_cut(world["bargain"], world["friend"])

        def check() -> None:
            shop: Party = world["shop"]
            if step not in ("cancel", "order"):
                act()  # the person taps again
            drain(redeliver=True)
            sweep(redeliver=True)
            sweep(minutes=3, redeliver=True)
            assert cloud.dead_letters() == []
            (row,) = Bargain.scan(consistent_read=True)
            require_sound({"id": row.id})
            slots = list(BargainSlot.query(row.member_id, consistent_read=True))
            assert all(each.bargain_id == row.id for each in slots)
            orders = factories.orders_of(shop.counter.shopper.id)
            live = [each.id for each in orders if each.status != "canceled"]
            assert len(live) <= 1
            assert (row.status is BargainStatus.ORDERED, row.order_id) == (bool(live), live[0] if live else None)
            assert len(slots) == 1 + len(live)
            counts = {"start": 1, "cut": 2, "last cut": 4, "order": 1, "cancel": 1}
            assert row.cut_count == counts[step]
            require_conserved(shop.campaign, shop.product, 20)
            numbers = shop.booth.numbers(shop.campaign)
            assert numbers["participant_count"] == row.cut_count

        steps = every_death(begin, act, check)
        assert any("TransactWriteItems" in each for each in steps)
