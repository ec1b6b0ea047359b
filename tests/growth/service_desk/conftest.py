"""The buyer's service against the played WeChat, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pytest

from infra.local.partners import Partners
from tests.growth.notifications.factories import Buyer
from tests.harness import Client, Cloud, MovableClock, World
from tests.trade.factories import Shopper, staff_token
from tests.trade.reviews.factories import later


@dataclass(frozen=True)
class Desk(World):
    """The mall, its staff and WeChat, in a few words."""

    @cached_property
    def staff(self) -> Client:
        return self.http.as_(staff_token("service.read", "service.write", "notifications.write"))

    @cached_property
    def reader(self) -> Client:
        return self.http.as_(staff_token("service.read"))

    def as_(self, buyer: Shopper | Buyer) -> Client:
        return self.http.as_(buyer.token)

    def later(self, **by: float) -> None:
        """Time passes, deadlines come; staff log in again."""
        later(self.clock, self.sweep, **by)
        self.log_in()

    def log_in(self) -> None:
        """Fresh tokens: they last a shift."""
        for name in ("staff", "reader"):
            vars(self).pop(name, None)
        assert self.staff
        assert self.reader

    def write(self, openid: str, text: str) -> None:
        """A person writes in WeChat's chat, and the mall hears of it."""
        self.partners.wechat.customers.say(openid, text)
        self.partners.wechat.pushes.deliver_due()

    def told(self, person: Buyer) -> None:
        """Staff map the notice, and the person agrees to two messages."""
        template_id = self.partners.wechat.messages.template_of("客服回复通知").id
        self.staff.put("/admin/notifications/kinds/service_answered", json={"template_id": template_id}).ok()
        for _ in range(2):
            self.partners.wechat.messages.ask(person.openid, {template_id: "accept"})
            results = {"results": [{"template_id": template_id, "result": "accept"}]}
            self.as_(person).post("/me/subscriptions", json=results).ok()
            self.partners.wechat.pushes.deliver_due()
            self.clock.move(minutes=10)


@pytest.fixture
def desk(
    cloud: Cloud,
    frozen: MovableClock,
    http: Client,
    partners: Partners,
    drain: Callable[..., Any],
    sweep: Callable[..., Any],
) -> Desk:
    return Desk(http, partners, cloud, frozen, drain, sweep)
