"""A draw for tests: a wheel, a hand that throws given numbers, and what must always be so."""

from __future__ import annotations

import secrets
from collections import Counter as Count
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.lucky_draw.models import Draw, DrawAccount, PrizeCount
from chalicelib.loyalty.points.models import PointsEntry
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.events import OrderPaid
from tests.growth.campaigns.factories import Booth
from tests.harness import Reply
from tests.loyalty.factories import Counter

PLAY = "lucky_draw"
TOTAL = 1000


def prizes(stock: int | None = 3, **more: Any) -> list[dict[str, Any]]:
    """Numbers 0-9: the phone; 10-109: ten points; 110-999: thanks."""
    return [
        {"id": "phone", "title": "手机券", "weight": 10, "stock": stock, "reward": {"points": 5000}, **more},
        {"id": "ten", "title": "10积分", "weight": 100, "reward": {"points": 10}},
        {"id": "thanks", "title": "谢谢参与", "weight": 890},
    ]


def settings(**more: Any) -> dict[str, Any]:
    return {"prizes": prizes(), "fallback": "thanks", "free_daily": 1, **more}


def run(booth: Booth, begins: float = 0, lasts: float = 24, **more: Any) -> Any:
    """A draw that runs; *more* goes to its settings, but for a segment."""
    outer = {name: more.pop(name) for name in ("segment_id",) if name in more}
    return booth.run(PLAY, settings=settings(**more), begins=begins, lasts=lasts, **outer)


def throw(monkeypatch: pytest.MonkeyPatch, *numbers: int, meanwhile: Callable[[], object] | None = None) -> None:
    """The random source says these, the last one for ever. Other users of it are left alone.

    :param meanwhile: what happens while the first number is thrown: between a draw's read and its commit.
    """
    said: Iterator[int] = iter(numbers)
    real = secrets.randbelow
    last, waiting = [0], [meanwhile] if meanwhile else []

    def say(below: int) -> int:
        if below != TOTAL:
            return real(below)
        number = last[0] = next(said, last[0])
        if waiting:
            waiting.pop()()
        return number

    monkeypatch.setattr(secrets, "randbelow", say)


def try_draw(counter: Counter, campaign: Any, key: str = "draw-00001") -> Reply:
    return counter.buyer.post(f"/campaigns/{campaign['id']}/draws", json={}, key=key)


def draw(counter: Counter, campaign: Any, key: str = "draw-00001") -> Any:
    return try_draw(counter, campaign, key).ok()


def wheel(counter: Counter, campaign: Any) -> Any:
    return counter.buyer.get(f"/campaigns/{campaign['id']}/wheel").ok()


def chances(counter: Counter, campaign: Any) -> int:
    found: int = wheel(counter, campaign)["mine"]["left"]
    return found


def pay(order: Any) -> None:
    """The money is there, as payments says it: again and again, if asked."""
    found = orders.load(order["member_id"], order["id"], consistent=True)
    with Transaction() as tx:
        tx.emit(OrderPaid(member_id=found.member_id, order_id=found.id))


def given(campaign: Any) -> dict[str, int]:
    """Prize → how many its counters say."""
    count: Count[str] = Count()
    for row in PrizeCount.query(campaign["id"], consistent_read=True):
        count[row.id.partition("#")[0]] += row.given
    return dict(count)


def require_sound(campaign: Any, stock: dict[str, int]) -> None:
    """Records, counters, accounts and points tell one story, and nothing was given that was not there."""
    draws = [each for each in Draw.scan(consistent_read=True) if each.campaign_id == campaign["id"]]
    assert Count(each.prize_id for each in draws) == {k: v for k, v in given(campaign).items() if v}
    accounts = [each for each in DrawAccount.scan(consistent_read=True) if each.campaign_id == campaign["id"]]
    assert {each.member_id: each.drawn for each in accounts if each.drawn} == dict(Count(d.member_id for d in draws))
    assert all(each.chances >= 0 for each in accounts)
    assert all(given(campaign).get(prize, 0) <= pieces for prize, pieces in stock.items())
    points = {"phone": 5000, "ten": 10}
    entries = [each for each in PointsEntry.scan(consistent_read=True) if each.kind == PLAY]
    wanted = {each.id: points[each.prize_id] for each in draws if each.prize_id in points}
    assert {each.cause: each.amount for each in entries} == wanted
