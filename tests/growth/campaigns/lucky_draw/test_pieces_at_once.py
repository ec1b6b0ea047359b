"""Staff change how many of a prize there are: the process dies at every step, and everybody draws at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.growth.campaigns.base.pieces import service as pieces
from chalicelib.growth.campaigns.base.pieces.schemas import ChangePieces
from infra.local.faults import every_death
from tests.growth.campaigns.factories import Booth, left
from tests.growth.campaigns.friends import at_once
from tests.growth.campaigns.lucky_draw.factories import draw, given, require_sound, run, throw, try_draw
from tests.growth.campaigns.lucky_draw.factories import prizes as phones
from tests.growth.campaigns.lucky_draw.test_goods import PIECES, WHOLE, Fair, open_fair
from tests.growth.campaigns.lucky_draw.test_pieces import who
from tests.harness import START, Cloud, MovableClock, Reply
from tests.loyalty.factories import Counter
from tests.trade import factories

Do = Callable[..., Any]
REFUSED = {"too_busy", "campaign_pieces_gone", "campaign_edited", "draw_chances_moved"}


def of_prize(booth: Booth, campaign: Any) -> tuple[int, int]:
    """Stock and left of the first prize."""
    found = booth.staff.get(f"/admin/campaigns/{campaign['id']}/prizes").ok()["items"][0]
    return found["stock"], found["left"]


def changing(booth: Booth, campaign: Any, *deltas: int, **named: Any) -> list[Callable[[], Reply]]:
    """Staff who read the campaign at the same moment."""
    version, staff = booth.show(campaign)["version"], booth.staff
    path = f"/admin/campaigns/{campaign['id']}/pieces"

    def move(delta: int) -> Reply:
        return staff.post(path, json={"delta": delta, "version": version, **named}, key=f"pieces{delta}00")

    return [lambda by=each: move(by) for each in deltas]  # type: ignore[misc]


@pytest.mark.parametrize(("kind", "delta"), [("goods", 3), ("goods", -1), ("points", -1)])
def test_a_death_at_every_step(
    counter: Counter,
    booth: Booth,
    cloud: Cloud,
    frozen: MovableClock,
    drain: Do,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    delta: int,
) -> None:
    """One of two was won. The prize's guard and the stock beside it change together or not; the same tap again, and
    all is done once."""
    throw(monkeypatch, 0)
    campaign: Any = None
    fair: Fair | None = None
    winner, version = counter, 0

    def begin() -> None:
        nonlocal campaign, fair, winner, version
        cloud.memory.clear()
        frozen.set(START)
        booth.logged_in_at = None
        winner = Counter(counter.http, factories.shopper())
        fair = open_fair(winner, booth) if kind == "goods" else None
        campaign = fair.campaign if fair is not None else run(booth, prizes=phones(stock=PIECES))
        draw(winner, campaign)
        drain()
        version = booth.show(campaign)["version"]

    def act() -> None:
        asked = ChangePieces(delta=delta, version=version, part="quilt" if fair is not None else "phone")
        pieces.change("stf_1", "pieces-01", campaign["id"], asked)

    def conserved() -> None:
        if fair is not None:
            fair.require_conserved()
            assert left(campaign, fair.quilt) == of_prize(booth, campaign)[1]
        else:
            require_sound(campaign, {"phone": of_prize(booth, campaign)[0]})

    def check() -> None:
        assert of_prize(booth, campaign) in ((PIECES, 1), (PIECES + delta, 1 + delta))
        conserved()
        act()
        drain(redeliver=True)
        assert of_prize(booth, campaign) == (PIECES + delta, 1 + delta)
        conserved()
        second = draw(who(counter, 2), campaign)["prize_id"]
        assert (second == "thanks") == (delta < 0)
        conserved()

    steps = every_death(begin, act, check)
    assert sum("TransactWriteItems" in each for each in steps) >= 1


@pytest.mark.dynoxide
def test_beside_draws_of_goods(counter: Counter, booth: Booth, drain: Do, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four draw the number of the prize, of which there are two; staff take one out, and add two."""
    throw(monkeypatch, 0)
    fair = open_fair(counter, booth)
    drain()
    players = [who(counter, number) for number in range(4)]
    taps = [lambda one=each: try_draw(one, fair.campaign) for each in players]  # type: ignore[misc]
    replies = at_once([*taps, *changing(booth, fair.campaign, -1, 2, part="quilt")])
    assert {each.code for each in replies if each.status >= 400} <= REFUSED
    won = sum(each.status == 201 and each.json["prize_id"] == "quilt" for each in replies[:4])
    delta = sum(by for by, each in zip((-1, 2), replies[4:], strict=True) if each.status < 300)
    drain(redeliver=True)
    stock, still = of_prize(booth, fair.campaign)
    assert (stock, still, given(fair.campaign).get("quilt", 0)) == (PIECES + delta, PIECES + delta - won, won)
    assert left(fair.campaign, fair.quilt) == still
    assert factories.available(fair.quilt) == WHOLE - PIECES - delta
    fair.require_conserved()


@pytest.mark.dynoxide
def test_beside_draws_of_points(counter: Counter, booth: Booth, drain: Do, monkeypatch: pytest.MonkeyPatch) -> None:
    throw(monkeypatch, 0)
    campaign = run(booth, prizes=phones(stock=2))
    drain()
    players = [who(counter, number) for number in range(4)]
    taps = [lambda one=each: try_draw(one, campaign) for each in players]  # type: ignore[misc]
    replies = at_once([*taps, *changing(booth, campaign, -1, 2, part="phone")])
    assert {each.code for each in replies if each.status >= 400} <= REFUSED
    won = sum(each.status == 201 and each.json["prize_id"] == "phone" for each in replies[:4])
    delta = sum(by for by, each in zip((-1, 2), replies[4:], strict=True) if each.status < 300)
    drain(redeliver=True)
    assert of_prize(booth, campaign) == (2 + delta, 2 + delta - won)
    require_sound(campaign, {"phone": 2 + delta})
