"""The stand-in's notices: lost, doubled, late, repeated for a day, preceded by probes."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest

from chalicelib.core import clock
from infra.local.partners import Partners
from infra.local.partners.wechat_pay.notices import REPEATS
from tests.contracts.conftest import NOTIFY_URL, NUMBER
from tests.harness import MovableClock

pytestmark = pytest.mark.usefixtures("frozen")


@pytest.fixture
def arrivals(partners: Partners) -> list[tuple[datetime, str]]:
    """When what arrived; the mall answers 500."""
    seen: list[tuple[datetime, str]] = []

    def post(url: str, headers: dict[str, str], body: bytes) -> int:
        seen.append((clock.now(), json.loads(body)["id"]))
        return 500

    partners.wechat_pay.notices.post = post
    return seen


def test_a_lost_notice_never_comes(
    pay: Callable[[], str], partners: Partners, arrivals: list[Any], frozen: MovableClock
) -> None:
    partners.faults.notice("lost")
    notice = pay()
    frozen.move(days=1)
    assert partners.wechat_pay.notices.deliver_due() == 0
    assert partners.wechat_pay.books.notices[notice].state == "lost"
    honest = partners.wechat_pay.tell_paid_again(NUMBER)
    assert partners.wechat_pay.notices.deliver_due() == 1
    assert [told for _, told in arrivals] == [honest]


def test_a_doubled_notice_comes_twice(pay: Callable[[], str], partners: Partners, arrivals: list[Any]) -> None:
    partners.faults.notice("doubled")
    notice = pay()
    partners.wechat_pay.notices.deliver_due()
    assert [told for _, told in arrivals] == [notice, notice]


def test_a_delayed_notice_comes_late(
    pay: Callable[[], str], partners: Partners, arrivals: list[Any], frozen: MovableClock
) -> None:
    partners.faults.notice("delayed", seconds=90)
    pay()
    frozen.move(seconds=89)
    assert partners.wechat_pay.notices.deliver_due() == 0
    frozen.move(seconds=1)
    assert partners.wechat_pay.notices.deliver_due() == 1


def test_an_unanswered_notice_is_repeated_for_a_day(
    pay: Callable[[], str], partners: Partners, arrivals: list[tuple[datetime, str]], frozen: MovableClock
) -> None:
    notices = partners.wechat_pay.notices
    notices.repeat_scale = 1.0
    try:
        notice = pay()
        for _ in range(20):
            notices.deliver_due()
            frozen.set(partners.wechat_pay.books.notices[notice].due_at)
    finally:
        notices.repeat_scale = 0.0
    pauses = [round((b - a).total_seconds()) for (a, _), (b, _) in pairwise(arrivals)]
    assert tuple(pauses) == REPEATS
    assert partners.wechat_pay.books.notices[notice].state == "gave_up"


@pytest.mark.parametrize("status", [200, 204])
def test_an_accepted_notice_is_not_repeated(pay: Callable[[], str], partners: Partners, status: int) -> None:
    partners.wechat_pay.notices.repeat_scale = 1.0
    partners.wechat_pay.notices.post = lambda *_: status
    try:
        notice = pay()
        partners.wechat_pay.notices.deliver_due()
    finally:
        partners.wechat_pay.notices.repeat_scale = 0.0
    assert partners.wechat_pay.books.notices[notice].state == "delivered"


def test_now_and_then_a_probe_goes_before_a_notice(pay: Callable[[], str], partners: Partners) -> None:
    notices = partners.wechat_pay.notices
    notices.probe_every, signatures = 1, []
    notices.post = lambda _, headers, body: signatures.append(headers["Wechatpay-Signature"]) or 204  # type: ignore[func-returns-value]
    try:
        pay()
        notices.deliver_due()
    finally:
        notices.probe_every = 0
    assert [signature.startswith("WECHATPAY/SIGNTEST/") for signature in signatures] == [True, False]
    assert notices.probes == [(NOTIFY_URL, 204)]
