"""Members who want to be told, and what they were told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chalicelib.core import ids
from chalicelib.growth.campaigns.base.reminders.models import Reminder, ReminderBook
from chalicelib.growth.campaigns.base.reminders.notices.service import CAMPAIGN_STARTS
from chalicelib.growth.notifications.models import Message, MessageQuota
from infra.local.partners import Partners
from tests.growth.campaigns.factories import Booth, item
from tests.harness import Client, Reply
from tests.trade import factories

PLAY = "limited_discount"


@dataclass(frozen=True)
class Waiting:
    """A campaign to come, and those who wait for it."""

    http: Client
    booth: Booth
    partners: Partners
    drain: Callable[..., Any]

    @property
    def template_id(self) -> str:
        found: str = self.partners.wechat.messages.template_of(CAMPAIGN_STARTS.title).id
        return found

    def map_kind(self) -> None:
        staff = self.http.as_(factories.staff_token("notifications.read", "notifications.write"))
        body = {"template_id": self.template_id}
        staff.put(f"/admin/notifications/kinds/{CAMPAIGN_STARTS.name}", json=body).ok()

    def campaign(self, *, begins: float = 1, lasts: float = 2, **more: Any) -> Any:
        """It begins in so many hours. Goods of its own: two of a play do not meet on a SKU."""
        goods = item(factories.product(ids.new("goods")), 900)
        found = self.booth.run(PLAY, goods, begins=begins, lasts=lasts, **more)
        self.drain()
        return found

    def member(self, name: str = "an") -> Client:
        """Somebody who agreed to be told."""
        found = factories.shopper(name)
        MessageQuota(member_id=found.id, template_id=self.template_id, left=9).save()
        return self.http.as_(found.token)

    def ask(self, member: Client, campaign: Any, session: str | None = None) -> Reply:
        body = {"session": session} if session else {}
        return member.put(f"/campaigns/{campaign['id']}/reminder", json=body)

    def take_back(self, member: Client, campaign: Any) -> Reply:
        return member.delete(f"/campaigns/{campaign['id']}/reminder")

    def mine(self, member: Client) -> list[tuple[str, str]]:
        return [(each["campaign_id"], each["state"]) for each in member.get("/me/reminders").ok()["items"]]

    def numbers(self, campaign: Any) -> tuple[int, int]:
        """Asked, told."""
        found = self.booth.numbers(campaign)
        return found["reminder_count"], found["reminded_count"]


def pages_told() -> list[str]:
    """The pages that messages open, all members'."""
    return sorted(each.page or "" for each in Message.scan(consistent_read=True))


def require_whole(campaign: Any, waiting: Waiting) -> None:
    """Rows, books and numbers tell one story."""
    rows = list(Reminder.scan(consistent_read=True))
    booked = [(each.member_id, key) for each in ReminderBook.scan(consistent_read=True) for key in each.entries]
    assert sorted(booked) == sorted((each.member_id, each.occasion) for each in rows)
    told = sum(each.told_for is not None for each in rows)
    assert waiting.numbers(campaign) == (len(rows), told)
    assert len(pages_told()) == told
