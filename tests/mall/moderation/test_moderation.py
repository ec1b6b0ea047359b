"""Content on its way through WeChat's check: in any order, twice, with WeChat away, with the process dying."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.core import http as partner_http
from chalicelib.core.transaction import Transaction
from chalicelib.gateways.wechat.content import Scene
from chalicelib.mall.moderation import service
from chalicelib.mall.moderation.errors import CheckBegun
from chalicelib.mall.moderation.models import ContentCheck
from infra.local.faults import every_death
from infra.local.partners import Partners
from tests.harness import Cloud, MovableClock
from tests.trade.factories import shopper
from tests.trade.reviews.factories import later

Do = Callable[..., Any]
SUBJECT = "thing/1"
PICTURES = ["https://media.test/a.png", "https://media.test/b.png"]


def begin(text: str = "很软", pictures: list[str] = PICTURES, member_id: str | None = None) -> None:
    with Transaction() as tx:
        service.begin(
            tx, SUBJECT, member_id=member_id or shopper().id, scene=Scene.COMMENT, text=text, pictures=pictures
        )


def check() -> ContentCheck:
    (found,) = ContentCheck.scan()
    return found


@pytest.fixture
def hear(partners: Partners, cloud: Cloud, sweep: Do, drain: Do) -> Do:
    def run() -> None:
        drain()
        partners.wechat.pushes.deliver_due()
        drain()

    return run


@pytest.mark.parametrize("pictures", [[], PICTURES[:1], PICTURES])
def test_it_passes_and_keeps_nothing(hear: Do, pictures: list[str]) -> None:
    begin(pictures=pictures)
    hear()
    found = check()
    assert (found.status, found.text, found.pictures, found.passed) == ("passed", None, [], None)


def test_a_verdict_that_is_quicker_than_our_note(partners: Partners, hear: Do, drain: Do) -> None:
    partners.wechat.content.keep_back(True)
    begin(pictures=PICTURES[:1])
    traces: list[str] = []

    def observe(moment: str, method: str, url: str) -> None:
        if moment == "after" and "media_check_async" in url:
            partners.wechat.content.keep_back(False)
            partners.wechat.pushes.deliver_due()
            traces.append(url)

    partner_http.observers.append(observe)
    try:
        drain()
    finally:
        partner_http.observers.remove(observe)
    assert traces
    assert check().status == "passed"


def test_the_same_subject_is_checked_once(partners: Partners, cloud: Cloud, frozen: Any) -> None:
    member_id = shopper().id
    begin(member_id=member_id)
    with cloud.unchanged(), pytest.raises(CheckBegun):
        begin(text="又来", member_id=member_id)


def test_a_verdict_of_nobody_s_picture_harms_nothing(partners: Partners, hear: Do, cloud: Cloud) -> None:
    message = {"MsgType": "event", "Event": "wxa_media_check", "trace_id": "foreign", "errcode": 0}
    partners.wechat.pushes.write({**message, "result": {"suggest": "risky"}}, "o-one")
    partners.wechat.pushes.write({**message, "trace_id": ""}, "o-one")
    hear()
    assert cloud.dead_letters() == []
    assert [each["trace_id"]["S"] for each in cloud.items("picture_checks")] == ["foreign"]


@pytest.mark.parametrize("fault", ["forged", "unsigned", "stale", "wrong_app", "bad_padding"])
def test_forged_verdicts_are_not_believed(partners: Partners, cloud: Cloud, drain: Do, frozen: Any, fault: str) -> None:
    partners.wechat.content.keep_back(True)
    begin(pictures=PICTURES[:1])
    drain()
    partners.faults.push(fault)
    partners.wechat.content.keep_back(False)
    with cloud.unchanged():
        partners.wechat.pushes.deliver_due()
        drain()


def test_a_verdict_that_never_comes_is_asked_for_again(partners: Partners, hear: Do, sweep: Do) -> None:
    partners.faults.push("lost")
    begin(pictures=PICTURES[:1])
    hear()
    assert check().status == "waiting"
    sweep(12)
    hear()
    assert check().status == "passed"
    assert [each.kind for each in partners.wechat.state.content.looked] == ["text", "media", "media"]


def test_who_can_not_be_asked_about_is_for_a_person(partners: Partners, hear: Do) -> None:
    partners.wechat.state.content.away.append("o-one")
    begin()
    hear()
    assert check().status == "review"


def test_after_days_it_is_staff_s(partners: Partners, hear: Do, sweep: Do, cloud: Cloud, frozen: MovableClock) -> None:
    partners.faults.api("msg_sec_check", "500", 100)
    begin(pictures=[])
    hear()
    later(frozen, sweep, days=5)
    assert check().status == "unreachable"
    assert cloud.dead_letters() == []


def test_the_process_dies_at_any_step(partners: Partners, cloud: Cloud, drain: Do, sweep: Do) -> None:
    def prepare() -> None:
        cloud.memory.clear()
        partners.reset()
        partners.wechat.pushes.url = "https://mall.test/hooks/wechat"
        begin(pictures=PICTURES[:1])

    def act() -> None:
        drain()
        partners.wechat.pushes.deliver_due()
        drain()

    def passed() -> None:
        for minutes in (2, 12, 3):
            sweep(minutes, redeliver=True)
            partners.wechat.pushes.deliver_due()
            drain(redeliver=True)
        assert check().status == "passed"
        assert cloud.dead_letters() == []

    every_death(prepare, act, passed)
