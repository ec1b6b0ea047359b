"""Staff look at groups. Nobody edits one: what it does follows from its campaign."""

from __future__ import annotations

from typing import Any

from chalicelib.core import pages
from chalicelib.core.schemas import Page
from chalicelib.core.tables import batch_get
from chalicelib.growth.campaigns.base.service import campaign_of
from chalicelib.growth.campaigns.group_buy.desk.schemas import DeskGroup, DeskGroupDetail, DeskSeat, FindGroups
from chalicelib.growth.campaigns.group_buy.models import Group, GroupStatus, Seat, campaign_status
from chalicelib.growth.campaigns.group_buy.service import group_of


def find(campaign_id: str, asked: FindGroups) -> Page[DeskGroup]:
    """The campaign's groups of a status, the one that ends last first; or a member's, the seat held last first.

    A part of a member's may hold fewer than asked for: their groups of other campaigns are left out.

    :raises CampaignNotFound:
    """
    campaign_of(campaign_id)
    page: dict[str, Any] = {"limit": asked.limit, "cursor": asked.cursor}
    if asked.member_id is not None:
        seats, cursor = pages.query(Seat.by_member, asked.member_id, **page)
        ids = [each.group_id for each in seats]
    else:
        key = campaign_status(campaign_id, asked.status or GroupStatus.OPEN)
        groups, cursor = pages.query(Group.by_status, key, **page)
        ids = [each.id for each in groups]
    found = batch_get({Group: ids})[Group] if ids else {}
    rows = [found[each] for each in ids if each in found and found[each].campaign_id == campaign_id]
    items = [DeskGroup.of(each) for each in rows if asked.member_id is None or asked.status in (None, each.status)]
    return Page[DeskGroup](items=items, cursor=cursor)


def show(group_id: str) -> DeskGroupDetail:
    """:raises GroupNotFound:"""
    group = group_of(group_id, consistent=True)
    seats = sorted(Seat.query(group.id, consistent_read=True), key=lambda seat: seat.held_at)
    return DeskGroupDetail(**DeskGroup.of(group).model_dump(), seats=[DeskSeat.of(seat) for seat in seats])
