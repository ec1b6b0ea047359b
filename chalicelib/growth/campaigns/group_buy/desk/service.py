"""Staff look at groups. Nobody edits one: what it does follows from its campaign."""

from __future__ import annotations

from chalicelib.core import pages
from chalicelib.core.schemas import Page
from chalicelib.core.tables import batch_get
from chalicelib.growth.campaigns.base.service import campaign_of
from chalicelib.growth.campaigns.group_buy.desk.schemas import DeskGroup, DeskGroupDetail, DeskSeat, FindGroups
from chalicelib.growth.campaigns.group_buy.models import Group, Seat, campaign_status
from chalicelib.growth.campaigns.group_buy.service import group_of


def find(campaign_id: str, asked: FindGroups) -> Page[DeskGroup]:
    """The campaign's groups of a status, the one that ends last first. :raises CampaignNotFound:"""
    campaign_of(campaign_id)
    key = campaign_status(campaign_id, asked.status)
    keys, cursor = pages.query(Group.by_status, key, limit=asked.limit, cursor=asked.cursor)
    found = batch_get({Group: [each.id for each in keys]})[Group] if keys else {}
    return Page[DeskGroup](items=[DeskGroup.of(found[each.id]) for each in keys if each.id in found], cursor=cursor)


def show(group_id: str) -> DeskGroupDetail:
    """:raises GroupNotFound:"""
    group = group_of(group_id, consistent=True)
    seats = sorted(Seat.query(group.id, consistent_read=True), key=lambda seat: seat.held_at)
    return DeskGroupDetail(**DeskGroup.of(group).model_dump(), seats=[DeskSeat.of(seat) for seat in seats])
