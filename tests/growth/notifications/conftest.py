"""Notifications against the played WeChat, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from chalicelib.growth.notifications.kinds.service import kinds
from infra.local.partners import Partners
from infra.local.partners.wechat.messages import Shown
from tests.growth.notifications.factories import Buyer
from tests.harness import Client, Cloud, MovableClock, World
from tests.trade.factories import staff_token


@dataclass(frozen=True)
class Shop(World):
    """The mall, its staff and WeChat, in a few words."""

    @property
    def staff(self) -> Client:
        return self.http.as_(staff_token("notifications.read", "notifications.write"))

    def template(self, kind: str) -> str:
        """The id of WeChat's template for a kind."""
        return self.partners.wechat.messages.template_of(kinds[kind].title).id

    def tell(self, *names: str, **more: Any) -> None:
        """Staff map kinds to the templates of the account."""
        for name in names:
            body = {"template_id": self.template(name), **more}
            self.staff.put(f"/admin/notifications/kinds/{name}", json=body).ok()

    def agree(self, person: Buyer, *names: str, answer: str = "accept", told_by: str = "both") -> None:
        """The buyer is asked about kinds, and answers; WeChat and the phone tell of it."""
        answers = {self.template(name): answer for name in names}
        told = self.partners.wechat.messages.ask(person.openid, answers)
        if told_by in ("both", "wechat"):
            self.hear()
        else:
            self.partners.wechat.state.pushes.unsent.clear()
        if told_by in ("both", "phone"):
            results = [{"template_id": each, "result": result} for each, result in told.items()]
            self.http.as_(person.token).post("/me/subscriptions", json={"results": results}).ok()

    def hear(self) -> list[int]:
        """WeChat's pushes come. Returns the statuses of all of them."""
        self.partners.wechat.pushes.deliver_due()
        return [each.attempts[-1].status for each in self.partners.wechat.state.pushes.pushes.values() if each.attempts]

    def shown(self, person: Buyer) -> list[Shown]:
        """What the phone shows."""
        return self.partners.wechat.messages.of(person.openid)

    def calls(self) -> int:
        return sum(1 for name, _ in self.partners.calls if name == "subscribe_send")

    def counted(self, kind: str) -> dict[str, int]:
        """The day's counters of a kind that are not zero."""
        rows = [row for row in self.cloud.items("message_days") if row["shard"]["S"].startswith(f"{kind}#")]
        names = {name for row in rows for name in row if name not in ("day", "shard")}
        sums = {name: sum(int(row.get(name, {"N": "0"})["N"]) for row in rows) for name in names}
        return {name: number for name, number in sums.items() if number}


@pytest.fixture
def shop(
    cloud: Cloud,
    frozen: MovableClock,
    http: Client,
    partners: Partners,
    drain: Callable[..., Any],
    sweep: Callable[..., Any],
) -> Shop:
    return Shop(http, partners, cloud, frozen, drain, sweep)
