"""Whole stories, through HTTP and queues, against the played partners."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from chalicelib.core import http as partner_http
from infra.local.partners import Partners
from tests.harness import Client, Cloud, MovableClock
from tests.journeys.people import Customer


@pytest.fixture
def customer(cloud: Cloud, frozen: MovableClock, http: Client, partners: Partners) -> Customer:
    """Somebody who has logged in and has an address."""
    return Customer.settle_in(http, partners)


@pytest.fixture
def deliver(partners: Partners) -> Callable[[], list[int]]:
    """``deliver()``: WeChat's notices that wait reach the mall; the statuses of all notices' last answers."""

    def run() -> list[int]:
        partners.wechat_pay.notices.deliver_due()
        return [each.attempts[-1].status for each in partners.wechat_pay.books.notices.values() if each.attempts]

    return run


@pytest.fixture
def meanwhile() -> Iterator[Callable[[str, str, Callable[[], object]], None]]:
    """``meanwhile("before", "/close", act)``: *act* happens once, around the next such call to a partner."""
    before = list(partner_http.observers)

    def run(moment: str, ending: str, act: Callable[[], object]) -> None:
        def observe(when: str, method: str, url: str) -> None:
            if when == moment and url.partition("?")[0].endswith(ending):
                partner_http.observers.remove(observe)
                act()

        partner_http.observers.append(observe)

    yield run
    partner_http.observers[:] = before
