"""What price steps of plays ask of the base. Algorithm: docs/algorithms/campaigns.md, "In the price"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.core.tables import Key, Table
from chalicelib.growth.campaigns.base.boards.service import open_postings
from chalicelib.growth.campaigns.base.errors import CampaignNotFound
from chalicelib.growth.campaigns.base.limits import service as limits
from chalicelib.growth.campaigns.base.models import EVERYWHERE, GROUP, MALL, Board, Campaign, Tally
from chalicelib.growth.campaigns.base.plays.service import plays
from chalicelib.growth.campaigns.base.schemas import Posting
from chalicelib.mall.identity.members.models import Member
from chalicelib.trade.orders.models import Order
from chalicelib.trade.pricing.adjuster import Found
from chalicelib.trade.pricing.schemas import Advance, Choice, PriceOffer
from chalicelib.trade.pricing.service import Basket, Quote

PROMISED, USED, INVITED = "campaigns_promised", "campaigns_used", "campaigns_invited"
COUNTED = "campaigns_counted"
Used = dict[str, dict[str, int]]
"""Campaign → SKU → pieces."""


@dataclass(frozen=True)
class Running:
    """A campaign that a basket meets. ``posting.items`` are those of the basket's products, or all."""

    id: str
    posting: Posting


def campaign_of(campaign_id: str, *, consistent: bool = False) -> Campaign:
    """:raises CampaignNotFound:"""
    found = Campaign.find(MALL, campaign_id, consistent=consistent)
    if found is None:
        raise CampaignNotFound()
    return found


def needs(basket: Basket) -> Mapping[type[Table], Iterable[Key]]:
    """What every play's step reads: the boards of the basket, the member's tally and noticeboard."""
    places = dict.fromkeys([EVERYWHERE, *(item.product_id for item in basket.items)])
    return {Board: list(places), Tally: [basket.member_id], Member: [basket.member_id]}


def running(quote: Quote, found: Found, play: str, *, earned: str | None = None) -> list[Running]:
    """The campaigns of *play* that are open for this member at the quote's moment, oldest first.

    :param earned: the campaign in which the member has a right already (a deposit, a pick, a price that friends cut):
        it was for them then, and leaving its segment since takes nothing away.
    """
    member: Member | None = found[Member].get(quote.member_id)
    merged: dict[str, Posting] = {}
    for entries in open_postings(found[Board].values(), quote.at).values():
        for campaign_id, posting in entries:
            if posting.play == play and (campaign_id == earned or is_open_to(posting, member, quote.at)):
                before = merged.get(campaign_id)
                items = {**(before.items if before else {}), **posting.items}
                merged[campaign_id] = posting.model_copy(update={"items": items})
    return [Running(key, merged[key]) for key in sorted(merged)]


def earned_in(quote: Quote, found: Found, play: str, campaign_id: str) -> Running | None:
    """The campaign in which the member has a right already; None: it does not run."""
    runs = running(quote, found, play, earned=campaign_id)
    return next((each for each in runs if each.id == campaign_id), None)


def is_for(segment_id: str | None, member: Member | None) -> bool:
    """Whether a campaign for that segment is for the member."""
    if segment_id is None:
        return True
    notices: Mapping[str, Any] = (member.notices if member is not None else None) or {}
    return segment_id in (notices.get("segments") or [])


def ends_for(campaign: Campaign | Posting, member: Member | None) -> datetime | None:
    """When it ends for this member, by the play; None: it is not for them. Who has not logged in is not known yet."""
    if not is_for(campaign.segment_id, member):
        return None
    # A release that was rolled back may have posted a play that this one does not know.
    play = plays.get(campaign.play)
    if play is None or member is None:
        return campaign.ends_at
    return play.ends_for(campaign.ends_at, campaign.settings, member)


def is_open_to(campaign: Campaign | Posting, member: Member | None, at: datetime) -> bool:
    """Whether a campaign that is open at that moment is so for the member."""
    until = ends_for(campaign, member)
    return until is not None and (until == campaign.ends_at or at < until)


def offer_price(
    quote: Quote,
    found: Found,
    run: Running,
    number: int,
    unit_amount: int,
    *,
    stock_owner: str | None = None,
    counted: bool = False,
    binding: bool = False,
    advance: Advance | None = None,
    ship_by: datetime | None = None,
) -> bool:
    """Offer line *number* at the campaign's price; or, where its pieces or the member's are used up, say why not.

    :param stock_owner: whose pieces they are, for a play that spreads its stock; else the campaign's, if it has some.
    :param counted: its pieces stand in the member's tally already, see :func:`limits.take`.
    :param binding, advance, ship_by: see :class:`~chalicelib.trade.pricing.schemas.PriceOffer`.
    """
    line = quote.lines[number]
    item = run.posting.items.get(line.sku_id)
    if item is not None and item.own_stock and stock_owner is None:
        stock_owner = run.id
        if item.sold_out:
            return _refuse(quote, run, "活动库存已抢光")
    if counted:
        quote.memory.setdefault(COUNTED, set()).add(run.id)
    elif not promise(quote, found, run, {line.sku_id: line.quantity}):
        return False
    offer = PriceOffer(
        line=number,
        kind=run.posting.play,
        group=GROUP,
        excludes=run.posting.not_with,
        source_id=run.id,
        title=run.posting.title,
        unit_amount=unit_amount,
        stock_owner=stock_owner,
        binding=binding,
        advance=advance,
        ship_by=ship_by,
    )
    quote.offers.append(offer)
    return True


def promise(quote: Quote, found: Found, run: Running, skus: Mapping[str, int]) -> bool:
    """Whether the member may have these pieces of the campaign, beside what this quote promised of it already."""
    tally: Tally | None = found[Tally].get(quote.member_id)
    if limits.had_one_order(tally, run.posting.play, quote.at):
        return _refuse(quote, run, "每人仅限一单，您已下过单")
    promised = quote.memory.setdefault(PROMISED, {}).setdefault(run.id, {})
    for sku_id, pieces in skus.items():
        left = limits.room(tally, run.id, run.posting, sku_id, promised)
        if left is not None and pieces > left:
            return _refuse(quote, run, f"超出活动限购，还可购买{left}件")
        promised[sku_id] = promised.get(sku_id, 0) + pieces
    return True


def use(quote: Quote, run: Running, skus: Mapping[str, int]) -> None:
    """A step that is no price offer has given these pieces something of the campaign: they belong to it."""
    used: Used = quote.memory.setdefault(USED, {})
    mine = used.setdefault(run.id, {})
    for sku_id, pieces in skus.items():
        mine[sku_id] = mine.get(sku_id, 0) + pieces


def brought_by(quote: Quote, run: Running, member_id: str) -> None:
    """The buyer came to the campaign through that member: whose group it is, who asked for help."""
    quote.memory.setdefault(INVITED, {})[run.id] = member_id


def campaigns_of(order: Order) -> list[str]:
    """The ids behind an order's adjustments of the campaigns' group."""
    return list(dict.fromkeys(each.source_id for each in order.adjustments if each.group == GROUP and each.source_id))


def pieces_of(quote: Quote, numbers: Sequence[int]) -> dict[str, int]:
    """SKU → pieces of some lines."""
    pieces: dict[str, int] = {}
    for number in numbers:
        line = quote.lines[number]
        pieces[line.sku_id] = pieces.get(line.sku_id, 0) + line.quantity
    return pieces


def touched(amounts: Sequence[int]) -> list[int]:
    """The numbers of the lines that have an amount."""
    return [number for number, amount in enumerate(amounts) if amount]


def _refuse(quote: Quote, run: Running, reason: str) -> bool:
    known = any(each.id == run.id and each.reason == reason for each in quote.choices)
    if not known:
        quote.choices.append(Choice(kind="price", id=run.id, title=run.posting.title, usable=False, reason=reason))
    return False
