"""The price step: who asks for a group gets its price and a seat, or a refusal; never a single purchase instead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from chalicelib.core import ids
from chalicelib.core.settings import settings
from chalicelib.core.tables import Key, Table, time_text
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base import service as campaigns
from chalicelib.growth.campaigns.base.service import Running
from chalicelib.growth.campaigns.group_buy.errors import (
    AlreadyInGroup,
    GroupFull,
    GroupNotFound,
    GroupNotOpen,
    GroupOver,
    NewcomersOnly,
    NotForGroup,
    TooLateToStart,
)
from chalicelib.growth.campaigns.group_buy.models import Group, GroupStatus, Seat, SeatStatus
from chalicelib.growth.campaigns.group_buy.seats import service as seats
from chalicelib.growth.campaigns.group_buy.service import NAME, hold_of, rules_of, terms_of
from chalicelib.loyalty.segments.models import MemberFacts
from chalicelib.mall.identity.members.models import Member
from chalicelib.mall.links.visits.models import MemberTouch
from chalicelib.trade.pricing.adjuster import BestPrice, Found
from chalicelib.trade.pricing.schemas import Choice
from chalicelib.trade.pricing.service import Basket, Quote

NEW = "new"


class GroupBuyPrice:
    """Stands before ``BestPrice``. ``options["group_buy"]``: ``new``, or the id of a group."""

    name = NAME

    def needs(self, basket: Basket) -> Mapping[type[Table], Iterable[Key]]:
        wanted: dict[type[Table], Iterable[Key]] = dict(campaigns.needs(basket))
        asked = basket.options.get(NAME)
        if asked is not None and asked != NEW:
            wanted |= {
                Group: [asked],
                Seat: [(asked, basket.member_id)],
                MemberFacts: [basket.member_id],
                MemberTouch: [basket.member_id],
            }
        return wanted

    def adjust(self, quote: Quote, found: Found) -> None:
        """:raises GroupNotFound, GroupOver, GroupFull...: there is no seat for this buyer and these goods."""
        asked = quote.options.get(NAME)
        runs = [
            run
            for run in campaigns.running(quote, found, NAME)
            if all(line.sku_id in run.posting.items for line in quote.lines)
        ]
        if asked is None:
            quote.choices += [_choice(quote, run) for run in runs]
            return
        group = None if asked == NEW else _joinable(quote, found, asked)
        run = _run_for(runs, group)
        _require_time(quote, run, group)
        _require_newcomer(quote, found, run, group)
        _offer(quote, found, run, is_leader=group is None)
        group_id = ids.derive("grp", quote.member_id, time_text(quote.at)) if group is None else group.id
        quote.holds.append(hold_of(group_id))
        brought_by = _sharer(quote, found, group) if group is not None else None
        quote.memory[NAME] = (run, group, group_id, brought_by)
        if brought_by is not None:
            campaigns.brought_by(quote, run, brought_by)

    def claim(self, tx: Transaction, quote: Quote, order_id: str) -> None:
        """:raises GroupFull, GroupOver, AlreadyInGroup, TooManyGroups: (at commit) somebody was quicker."""
        if NAME not in quote.memory:
            return
        run, group, group_id, brought_by = quote.memory[NAME]
        rules = rules_of(run.posting.settings)
        if group is None:
            seats.start(tx, run.id, rules, run.posting.ends_at, group_id, quote.member_id, order_id)
        else:
            seats.join(tx, rules, group, quote.member_id, order_id, brought_by)


def _joinable(quote: Quote, found: Found, group_id: str) -> Group:
    group: Group | None = found[Group].get(group_id)
    if group is None:
        raise GroupNotFound()
    seat: Seat | None = found[Seat].get((group_id, quote.member_id))
    if seat is not None and seat.status is not SeatStatus.FREED:
        raise AlreadyInGroup()
    if group.status is GroupStatus.PENDING:
        raise GroupNotOpen()
    if group.status is not GroupStatus.OPEN or quote.at >= group.ends_at:
        raise GroupOver()
    if group.taken >= group.capacity:
        raise GroupFull()
    return group


def _sharer(quote: Quote, found: Found, group: Group) -> str | None:
    """Who brought the buyer to the group: whose link of this campaign they came through, or its leader, if they came to
    the mall through them."""
    touch: MemberTouch | None = found[MemberTouch].get(quote.member_id)
    for each in (touch.last, touch.first) if touch is not None else ():
        if each.campaign_id == group.campaign_id and each.sharer_id is not None:
            return each.sharer_id
    member: Member | None = found[Member].get(quote.member_id)
    source = member.source if member is not None else None
    return group.leader_id if source is not None and source.inviter_id == group.leader_id else None


def _run_for(runs: list[Running], group: Group | None) -> Running:
    for run in runs:
        if group is None or run.id == group.campaign_id:
            return run
    raise NotForGroup(reason="所选商品不能参加该拼团，请单独选择拼团商品")


def _require_time(quote: Quote, run: Running, group: Group | None) -> None:
    pay_within = timedelta(minutes=settings().unpaid_close_minutes)
    if group is None and quote.at + pay_within >= run.posting.ends_at:
        raise TooLateToStart()


def _require_newcomer(quote: Quote, found: Found, run: Running, group: Group | None) -> None:
    if group is None or not rules_of(run.posting.settings).newcomers_only:
        return
    facts: MemberFacts | None = found[MemberFacts].get(quote.member_id)
    if facts is not None and facts.order_count > 0:
        raise NewcomersOnly()


def _offer(quote: Quote, found: Found, run: Running, *, is_leader: bool) -> None:
    for number, line in enumerate(quote.lines):
        if not campaigns.offer_price(quote, found, run, number, _price(run, line.sku_id, line.unit_amount, is_leader)):
            raise NotForGroup(reason=quote.choices[-1].reason)
    # A seat is at the group's price, also where another price would be lower.
    quote.options = {**quote.options, BestPrice.name: run.id}


def _price(run: Running, sku_id: str, list_amount: int, is_leader: bool) -> int:
    item = run.posting.items[sku_id]
    if rules_of(run.posting.settings).full_price:
        return list_amount
    leader_amount = terms_of(item.terms).leader_amount if is_leader else None
    return (item.unit_amount or 0) if leader_amount is None else leader_amount


def _choice(quote: Quote, run: Running) -> Choice:
    alone = sum(line.goods_amount for line in quote.lines)
    started = sum(_price(run, line.sku_id, line.unit_amount, True) * line.quantity for line in quote.lines)
    return Choice(kind=NAME, id=NEW, title=run.posting.title, usable=True, saved_amount=max(alone - started, 0))
