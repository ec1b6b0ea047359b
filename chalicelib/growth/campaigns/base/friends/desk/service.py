"""Rows that members started, found by a key: the campaign, or the member."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from pynamodb.expressions.condition import Condition

from chalicelib.core import pages
from chalicelib.core.tables import Table, batch_get
from chalicelib.growth.campaigns.base.friends.desk.schemas import FindStarted
from chalicelib.growth.campaigns.base.models import MALL, Campaign, CampaignStatus
from chalicelib.growth.campaigns.base.service import campaign_of

T = TypeVar("T", bound=Table)


@dataclass(frozen=True)
class Started(Generic[T]):
    """A part of what members started."""

    rows: list[T]
    running: set[str]
    """Those of their campaigns that run, by the clock."""
    cursor: str | None


def find(table: type[T], asked: FindStarted, likely: Callable[[bool], Condition | None], now: datetime) -> Started[T]:
    """Newest first, whole, as of this moment. Four reads at most, more where *likely* thins a campaign's list out.

    :param table: with the indexes ``by_campaign`` and ``by_member``, each with ``id`` as range key.
    :param likely: what the campaign's index can tell of the rows wanted, by whether the campaign runs. A member's
        list is not thinned out: a part of it, or of what changed a moment ago, may hold fewer rows than asked for.
    :raises CampaignNotFound:
    """
    source: Any = table
    page: dict[str, Any] = {"limit": asked.limit, "cursor": asked.cursor}
    if asked.campaign_id is not None:
        campaign_of(asked.campaign_id)
    if asked.member_id is not None:
        keys, cursor = pages.query(source.by_member, asked.member_id, **page)
    else:
        key = asked.campaign_id or ""
        condition = likely(bool(running({key}, now)))
        keys, cursor = pages.query(source.by_campaign, key, **page, filter_condition=condition)
    found = batch_get({source: [each.id for each in keys]}, consistent=True)[source] if keys else {}
    rows = [found[each.id] for each in keys if each.id in found]
    rows = [each for each in rows if asked.campaign_id in (None, each.campaign_id)]
    return Started(rows, running({each.campaign_id for each in rows}, now), cursor)


def running(campaign_ids: set[str], now: datetime) -> set[str]:
    """Those of the campaigns that run, by the clock. One read."""
    keys = [(MALL, each) for each in campaign_ids]
    found = batch_get({Campaign: keys})[Campaign].values() if keys else []
    return {each.id for each in found if each.status_at(now) is CampaignStatus.RUNNING}
