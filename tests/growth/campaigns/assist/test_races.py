"""Many at once, and a process that dies at every step: exact all the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.core import inbox
from chalicelib.growth.campaigns.assist.models import Assist, AssistSlot, AssistStatus
from infra.local.faults import every_death
from tests.growth.campaigns.assist.factories import (
    HELPS,
    Party,
    counts,
    party,
    require_conserved,
    require_sound,
    stored,
)
from tests.growth.campaigns.factories import Booth
from tests.growth.campaigns.friends import at_once, messages, new_friend, old_friend
from tests.harness import START, Cloud, MovableClock
from tests.loyalty.factories import Counter
from tests.trade import factories

Do = Callable[..., Any]


@pytest.fixture
def shop(booth: Booth, counter: Counter, frozen: MovableClock) -> Party:
    return party(booth, counter, stock=1)


@pytest.mark.dynoxide
def test_eight_at_once_on_the_last_help(shop: Party) -> None:
    assist = shop.start()
    for name in ("ann", "bea"):
        shop.help(assist, new_friend(name))
    friends = [new_friend(f"rush-{n}") for n in range(8)]
    replies = at_once([lambda friend=each: shop.try_help(assist, friend) for each in friends])
    assert sum(each.status == 201 for each in replies) == 1
    refused = {each.code for each in replies if each.status != 201}
    assert refused <= {"assist_complete", "assist_sold_out", "too_busy"}
    assert require_sound(assist).status is AssistStatus.UNLOCKED
    assert counts() == [1] * 2 * HELPS
    require_conserved(shop)


@pytest.mark.dynoxide
def test_the_same_friend_and_the_same_phone_many_times_at_once(shop: Party) -> None:
    assist, friend = shop.start(), new_friend()
    farm = [new_friend(f"farm-{n}") for n in range(4)]
    taps = [lambda: shop.try_help(assist, friend, "phone-of-the-farm")] * 4
    taps += [lambda one=each: shop.try_help(assist, one, "phone-of-the-farm") for each in farm]
    replies = at_once(taps)
    assert sum(each.status == 201 for each in replies) == 1
    refused = {each.code for each in replies if each.status != 201}
    assert refused <= {"assist_already_helped", "assist_device_used_up", "assist_helps_used_up", "too_busy"}
    assert (require_sound(assist).help_count, counts()) == (1, [1, 1])


@pytest.mark.dynoxide
def test_two_last_helps_for_the_last_piece(shop: Party) -> None:
    other = Counter(shop.http, old_friend("other"))
    assists = [shop.start(), shop.start(other)]
    for number, assist in enumerate(assists):
        for name in ("ann", "bea"):
            shop.help(assist, new_friend(f"{name}-{number}"))
    last = [new_friend("last-0"), new_friend("last-1")]
    replies = at_once([lambda a=a, f=f: shop.try_help(a, f) for a, f in zip(assists, last, strict=True)])
    assert sum(each.status == 201 for each in replies) == 1
    assert {each.code for each in replies if each.status != 201} <= {"assist_sold_out", "too_busy"}
    assert sorted(require_sound(each).help_count for each in assists) == [HELPS - 1, HELPS]
    require_conserved(shop)


@pytest.mark.dynoxide
def test_two_taps_start_one(shop: Party) -> None:
    replies = at_once([shop.try_start] * 6)
    ids = {each.json["id"] for each in replies if each.status == 201}
    assert {each.code for each in replies if each.status != 201} <= {"too_busy"}
    assert ids == {each.id for each in Assist.scan(consistent_read=True)}
    assert len(ids) == 1


class TestDeaths:
    @pytest.mark.parametrize("step", ["start", "help", "last help", "order", "cancel", "close", "stop"])
    def test_at_every_step(
        self, booth: Booth, counter: Counter, frozen: MovableClock, cloud: Cloud, drain: Do, sweep: Do, step: str
    ) -> None:
        world: dict[str, Any] = {}

        def begin() -> None:
            cloud.memory.clear()
            frozen.set(START)
            booth.logged_in_at = None
            buyer = Counter(counter.http, factories.shopper())
            world["shop"] = shop = party(booth, buyer, helps=2)
            if step == "start":
                return None
            world["assist"] = assist = shop.start()
            world["friend"] = new_friend()
            if step == "help":
                return drain()
            shop.help(assist, new_friend("ann"))
            if step == "last help":
                return drain()
            shop.help(assist, world["friend"])
            if step == "order":
                world["price"] = buyer.preview(shop.line, assist=assist["id"])["payable_amount"]
            elif step == "cancel":
                order = buyer.order(shop.line, assist=assist["id"])
                drain()
                buyer.cancel(order)
                inbox.react(messages(cloud, "base.return_to_campaigns")[0])
                world["message"] = messages(cloud, "assist.reopen_assist")[0]
            elif step == "close":
                drain()
                frozen.set(stored(assist).ends_at)
                world["message"] = closing(stored(assist))
            elif step == "stop":
                drain()
                shop.booth.step(shop.campaign, "stop")
                inbox.react(messages(cloud, "assist.close_stopped")[0])
                world["message"] = messages(cloud, "assist.close_page")[0]
            return None

        def act() -> None:
            shop: Party = world["shop"]
            if step == "start":
                shop.try_start()
            elif step == "order":
                shop.counter.try_order(shop.line, payable=world["price"], assist=world["assist"]["id"])
            elif step in ("cancel", "close", "stop"):
                inbox.react(world["message"])
            else:
                shop.try_help(world["assist"], world["friend"])

        def check() -> None:
            shop: Party = world["shop"]
            if step in ("start", "help", "last help"):
                act()  # the person taps again
            drain(redeliver=True)
            sweep(redeliver=True)
            sweep(minutes=3, redeliver=True)
            assert cloud.dead_letters() == []
            (row,) = Assist.scan(consistent_read=True)
            require_sound({"id": row.id})
            require_conserved(shop)
            live = [each.id for each in factories.orders_of(row.member_id) if each.status != "canceled"]
            expected = {"start": "open", "help": "open", "close": "lapsed", "stop": "lapsed"}.get(step, "unlocked")
            assert (row.status, row.order_id) == (("ordered", live[0]) if live else (expected, None))
            assert len(list(AssistSlot.query(row.member_id, consistent_read=True))) == 1 + len(live)
            assert row.help_count == {"start": 0, "help": 1}.get(step, 2)
            assert shop.booth.numbers(shop.campaign)["participant_count"] == 1 + row.help_count

        steps = every_death(begin, act, check)
        assert any("TransactWriteItems" in each for each in steps)


def closing(assist: Assist) -> str:
    """The deadline's message, as the sweep sends it."""
    import json

    payload = {"assist_id": assist.id, "campaign_id": assist.campaign_id, "member_id": assist.member_id}
    name = "growth.campaigns.assist.close_assist"
    return json.dumps({"subscriber": name, "event_id": "evt_1", "payload": payload})
