"""What buyers see of groups. The clock decides who may join, whatever is stored."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from chalicelib.core import clock, pages
from chalicelib.core.schemas import Page
from chalicelib.core.tables import Key, batch_get
from chalicelib.growth.campaigns.base.errors import CampaignNotFound
from chalicelib.growth.campaigns.base.models import Campaign, CampaignStatus
from chalicelib.growth.campaigns.base.service import campaign_of
from chalicelib.growth.campaigns.base.statistics import service as statistics
from chalicelib.growth.campaigns.group_buy.errors import GroupNotFound
from chalicelib.growth.campaigns.group_buy.models import Group, GroupStatus, Seat, SeatStatus, campaign_status
from chalicelib.growth.campaigns.group_buy.service import NAME, group_of, price_at, rules_of
from chalicelib.growth.campaigns.group_buy.shop.schemas import (
    GroupMember,
    GroupPage,
    MyGroup,
    MySeat,
    OpenGroup,
    OpenGroups,
    TierView,
    card,
)
from chalicelib.mall.identity.members.models import Member

LISTED = 20
_LOOKED_AT = 60
"""Some of the groups that end first are full."""
NAMELESS = "微信用户"


def open_groups(campaign_id: str) -> OpenGroups:
    """Groups that anybody may join, at most 20. Four reads. :raises CampaignNotFound: it is none of this play."""
    now, campaign = clock.now(), campaign_of(campaign_id)
    if campaign.play != NAME:
        raise CampaignNotFound()
    items: list[OpenGroup] = []
    if rules_of(campaign.settings).for_strangers and campaign.status_at(now) is CampaignStatus.RUNNING:
        key = campaign_status(campaign_id, GroupStatus.OPEN)
        keys = [each.id for each in Group.by_status.query(key, Group.ends_at > now, limit=_LOOKED_AT)]
        found = batch_get({Group: keys})[Group] if keys else {}
        groups = [found[each] for each in keys if each in found and found[each].takes(now)][:LISTED]
        leaders = _members(each.leader_id for each in groups)
        items = [_open(each, leaders.get(each.leader_id), now) for each in groups]
    return OpenGroups(now=now, items=items)


def page(group_id: str, member_id: str | None) -> GroupPage:
    """A group whole, with its members; a look from outside is counted while somebody can join. Four reads.

    :raises GroupNotFound: there is none; one that is still to be paid by its leader is seen by the leader alone.
    """
    now, group = clock.now(), group_of(group_id)
    seats = sorted(Seat.query(group.id), key=lambda seat: (seat.held_at, seat.member_id))
    mine = next((seat for seat in seats if seat.member_id == member_id), None)
    if mine is None and (group.status is GroupStatus.PENDING or not any(seat.paid_at for seat in seats)):
        raise GroupNotFound()
    campaign = campaign_of(group.campaign_id)
    rules = rules_of(campaign.settings)
    open_to_more = group.takes(now) and campaign.status_at(now) is CampaignStatus.RUNNING
    inside = mine is not None and mine.status is not SeatStatus.FREED
    if open_to_more and not inside:
        statistics.viewed(campaign.id)
    return GroupPage(
        **card(group, now),
        now=now,
        title=campaign.title,
        joinable=open_to_more and not inside,
        newcomers_only=rules.newcomers_only,
        full_price=rules.full_price,
        free_order=rules.free_order,
        size=group.size,
        made_up=group.made_up,
        reason=group.reason,
        tiers=_tiers(campaign),
        members=_inside(group, seats, member_id),
        mine=_mine(group, mine, rules.may_leave, now) if mine is not None else None,
    )


def mine(member_id: str, limit: int, cursor: str | None) -> Page[MyGroup]:
    """The member's groups, newest first. Two reads."""
    now = clock.now()
    keys, rest = pages.query(Seat.by_member, member_id, limit=limit, cursor=cursor)
    ids = [key.group_id for key in keys]
    found = batch_get({Group: ids, Seat: [(each, member_id) for each in ids]}) if ids else {}
    items = [
        MyGroup(**card(group, now), seat=seat.status, order_id=seat.order_id, is_leader=seat.is_leader)
        for each in ids
        if (group := found[Group].get(each)) and (seat := found[Seat].get((each, member_id)))
    ]
    return Page[MyGroup](items=items, cursor=rest)


def export(member_id: str) -> list[dict[str, object]]:
    """The member's newest groups, for the copy of their personal data. Registered with identity."""
    names = {"id", "campaign_id", "status", "seat", "order_id", "is_leader"}
    return [each.model_dump(mode="json", include=names) for each in mine(member_id, 100, None).items]


def _open(group: Group, leader: Member | None, now: datetime) -> OpenGroup:
    return OpenGroup(**card(group, now), leader_name=_name(leader), leader_avatar_url=_avatar(leader))


def _inside(group: Group, seats: list[Seat], member_id: str | None) -> list[GroupMember]:
    """Those who are in it; of a failed group those who had paid."""
    shown = [seat for seat in seats if seat.status is not SeatStatus.FREED]
    if group.status is GroupStatus.FAILED:
        shown = [seat for seat in seats if seat.paid_at is not None]
    known = _members(seat.member_id for seat in shown)
    return [
        GroupMember(
            name=_name(known.get(seat.member_id)),
            avatar_url=_avatar(known.get(seat.member_id)),
            is_leader=seat.is_leader,
            paid=seat.paid_at is not None,
            joined_at=seat.held_at,
            me=seat.member_id == member_id,
            free=seat.member_id == group.free_member_id,
        )
        for seat in shown
    ]


def _mine(group: Group, seat: Seat, may_leave: bool, now: datetime) -> MySeat:
    goes = may_leave and seat.status is SeatStatus.PAID and group.status is GroupStatus.OPEN and now < group.ends_at
    same = {name: getattr(seat, name) for name in ("order_id", "status", "is_leader", "back_amount")}
    return MySeat(**same, may_leave=goes)


def _tiers(campaign: Campaign) -> list[TierView]:
    rules = rules_of(campaign.settings)
    return [
        TierView(size=size, unit_amounts={each.sku_id: price_at(rules, each, size) for each in campaign.items})
        for size in rules.sizes
    ]


def _members(ids: Iterable[str]) -> dict[Key, Member]:
    wanted = list(dict.fromkeys(ids))
    return batch_get({Member: wanted})[Member] if wanted else {}


def _name(member: Member | None) -> str:
    return (member.nickname if member is not None else None) or NAMELESS


def _avatar(member: Member | None) -> str | None:
    return member.avatar_url if member is not None else None
