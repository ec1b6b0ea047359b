"""Visits: counted once, off the path; first and last touch, whatever order the messages come in."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core import aws
from chalicelib.core.transaction import Transaction
from chalicelib.mall.identity.members.models import Member, MemberStatus
from chalicelib.mall.identity.privacy import service as privacy
from chalicelib.mall.links.models import Link
from chalicelib.mall.links.visits import service
from chalicelib.mall.links.visits.events import LinkVisited
from chalicelib.mall.links.visits.models import SHARDS
from tests.harness import START, Client, Cloud, MovableClock
from tests.mall.catalog.factories import staff_token
from tests.mall.links.factories import buyer, shared

Drain = Callable[..., Any]


def counts(desk: Client, code: str, **query: str) -> tuple[int, int]:
    seen = desk.get(f"/admin/links/{code}", query=query).ok()
    return seen["visits"], seen["visitors"]


@pytest.fixture
def friend(http: Client, frozen: MovableClock) -> Client:
    return buyer(http, "mbr_friend")


def test_opening_gives_the_page_and_is_counted(
    http: Client, sharer: Client, friend: Client, desk: Client, drain: Drain
) -> None:
    link = shared(sharer)
    for client in (http, friend, friend):
        assert client.get(f"/links/{link['code']}").ok() == link
    drain()
    assert counts(desk, link["code"]) == (3, 1)


def test_a_message_that_comes_twice_counts_once(sharer: Client, friend: Client, desk: Client, drain: Drain) -> None:
    link = shared(sharer)
    friend.get(f"/links/{link['code']}").ok()
    drain(twice=True)
    assert counts(desk, link["code"]) == (1, 1)


@pytest.mark.parametrize("code", ["AAAAAAAAAAAA", "a", "x" * 200, "a%2Fb", "链接", "a b"])
def test_an_unknown_code_is_not_found_and_not_counted(http: Client, cloud: Cloud, code: str) -> None:
    with cloud.unchanged():
        assert http.get(f"/links/{code}").status == 404


def test_a_bad_token_is_told(http: Client, sharer: Client, cloud: Cloud) -> None:
    link = shared(sharer)
    with cloud.unchanged():
        assert http.as_("nonsense").get(f"/links/{link['code']}").status == 401


def test_the_page_opens_though_the_visit_can_not_be_kept(
    http: Client, sharer: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    link = shared(sharer)

    def fail(self: Transaction) -> None:
        raise OSError("no outbox")

    monkeypatch.setattr(Transaction, "commit", fail)
    assert http.get(f"/links/{link['code']}").ok() == link
    assert "a visit is not counted" in caplog.text


def test_a_visit_counts_on_the_day_it_was_made(
    http: Client, sharer: Client, friend: Client, drain: Drain, frozen: MovableClock
) -> None:
    link = shared(sharer)
    frozen.set(START.replace(hour=15, minute=59))  # 23:59 in Shanghai
    friend.get(f"/links/{link['code']}").ok()
    frozen.move(minutes=2)
    friend.get(f"/links/{link['code']}").ok()
    drain()
    desk = http.as_(staff_token("sharing.read"))
    days = desk.get(f"/admin/links/{link['code']}").ok()["days"]
    assert days == [
        {"day": "2026-11-24", "visits": 1, "visitors": 1},
        {"day": "2026-11-25", "visits": 1, "visitors": 0},
    ]
    assert counts(desk, link["code"], first_day="2026-11-25", last_day="2026-11-25") == (1, 0)


@pytest.mark.parametrize(
    "query",
    [
        {"first_day": "2026-11-24"},
        {"first_day": "2026-11-25", "last_day": "2026-11-24"},
        {"first_day": "2026-01-01", "last_day": "2026-11-24"},
        {"first_day": "yesterday", "last_day": "2026-11-24"},
    ],
)
def test_a_span_of_days(sharer: Client, desk: Client, query: dict[str, str]) -> None:
    link = shared(sharer)
    assert desk.get(f"/admin/links/{link['code']}", query=query).code == "invalid"


def test_visits_spread_over_shards(sharer: Client, http: Client, cloud: Cloud, drain: Drain, desk: Client) -> None:
    link = shared(sharer)
    for _ in range(30):
        http.get(f"/links/{link['code']}").ok()
    drain()
    rows = cloud.items("link_days")
    assert 1 < len(rows) <= SHARDS
    assert counts(desk, link["code"]) == (30, 0)


class TestTouches:
    def visit(self, link: dict[str, Any], at: Any, member_id: str = "mbr_friend") -> LinkVisited:
        return LinkVisited(code=link["code"], member_id=member_id, at=at)

    def record(self, *events: LinkVisited) -> None:
        for event in events:
            with Transaction() as tx:
                service.record(tx, event)

    def test_first_and_last_whatever_order_they_come_in(self, sharer: Client, friend: Client) -> None:
        links = [shared(sharer, channel=f"channel {number}", campaign_id=f"c{number}") for number in range(4)]
        events = [self.visit(link, START + timedelta(hours=number)) for number, link in enumerate(links)]
        random.Random(7).shuffle(events)
        self.record(*events)
        touches = service.touches_of("mbr_friend")
        assert touches is not None
        assert (touches.first.channel, touches.last.channel) == ("channel 0", "channel 3")
        assert (touches.first.sharer_id, touches.last.campaign_id) == ("mbr_sharer", "c3")

    def test_one_s_own_link_is_no_touch_and_no_visitor(self, sharer: Client, desk: Client) -> None:
        link = shared(sharer)
        self.record(self.visit(link, START, "mbr_sharer"))
        assert service.touches_of("mbr_sharer") is None
        assert counts(desk, link["code"]) == (1, 0)

    def test_two_first_visits_at_once_make_one_visitor(self, sharer: Client, friend: Client, desk: Client) -> None:
        link = shared(sharer)
        one, other = Transaction(), Transaction()
        service.record(one, self.visit(link, START))
        service.record(other, self.visit(link, START + timedelta(seconds=1)))
        one.commit()
        with pytest.raises(service.VisitsMet):
            other.commit()
        self.record(self.visit(link, START + timedelta(seconds=1)))  # delivered again
        assert counts(desk, link["code"]) == (2, 1)
        touches = service.touches_of("mbr_friend")
        assert touches is not None
        assert (touches.first.at, touches.last.at) == (START, START + timedelta(seconds=1))

    def test_the_mall_s_own_link_is_a_touch_without_sharer(self, desk: Client, friend: Client, drain: Drain) -> None:
        link = desk.post("/admin/links", json={"page": "pages/index", "channel": "地铁"}).ok()
        friend.get(f"/links/{link['code']}").ok()
        drain()
        touches = service.touches_of("mbr_friend")
        assert touches is not None
        assert (touches.first.channel, touches.first.sharer_id) == ("地铁", None)

    def test_a_closed_account_leaves_no_trace(
        self, sharer: Client, friend: Client, desk: Client, cloud: Cloud, drain: Drain
    ) -> None:
        link = shared(sharer)
        friend.get(f"/links/{link['code']}").ok()
        drain()
        assert privacy.export("mbr_friend")["visits"]["links"][0]["code"] == link["code"]
        friend.get(f"/links/{link['code']}").ok()  # still on its way when the account closes
        privacy.close("mbr_friend")
        drain(twice=True)
        closed = Member.find("mbr_friend", consistent=True)
        assert closed is not None
        assert closed.status is MemberStatus.CLOSED
        assert cloud.items("link_visitors") == cloud.items("member_touches") == []
        assert counts(desk, link["code"]) == (2, 1)
        self.record(self.visit(link, START))  # later still: nobody forgets once more
        assert cloud.items("link_visitors") == cloud.items("member_touches") == []
        assert counts(desk, link["code"]) == (3, 1)

    def test_a_link_of_a_closed_account_still_opens(self, http: Client, sharer: Client, drain: Drain) -> None:
        link = shared(sharer)
        privacy.close("mbr_sharer")
        drain()
        assert http.get(f"/links/{link['code']}").ok() == link

    def test_a_visit_of_a_link_that_is_gone_is_dropped(self, sharer: Client, cloud: Cloud) -> None:
        link = shared(sharer)
        Link(code=link["code"]).delete()
        with cloud.unchanged():
            self.record(self.visit(link, START))


def test_a_process_that_dies_after_the_commit_loses_no_visit(
    sharer: Client, friend: Client, desk: Client, sweep: Drain, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = shared(sharer)
    monkeypatch.setattr(aws.client("sqs"), "send_message_batch", lambda **_: (_ for _ in ()).throw(OSError("dead")))
    friend.get(f"/links/{link['code']}").ok()
    monkeypatch.undo()
    sweep()
    assert counts(desk, link["code"]) == (1, 1)
