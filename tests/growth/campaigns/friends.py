"""Friends of a buyer, and many of them at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from chalicelib.mall.identity.members.models import Member
from tests.harness import Cloud, Reply
from tests.trade import factories
from tests.trade.factories import Shopper


def old_friend(name: str = "friend") -> Shopper:
    """A member from long ago."""
    return _registered(name, -timedelta(days=400))


def new_friend(name: str = "newcomer") -> Shopper:
    """Registered a moment ago."""
    return _registered(name, timedelta())


def _registered(name: str, by: timedelta) -> Shopper:
    found = factories.shopper(name)
    member = Member.find(found.id, consistent=True)
    assert member is not None
    member.nickname, member.registered_at = name, member.registered_at + by
    member.save()
    return found


def messages(cloud: Cloud, reaction: str) -> list[str]:
    """What waits for a reaction of campaigns."""
    name = f"growth.campaigns.{reaction}"
    return [json.dumps(each) for each in cloud.messages("reactions") if each["subscriber"] == name]


def at_once(calls: Sequence[Callable[[], Reply]]) -> list[Reply]:
    with ThreadPoolExecutor(len(calls)) as pool:
        return [each.result() for each in [pool.submit(call) for call in calls]]
