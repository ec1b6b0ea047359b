"""Posting campaigns on boards, and reading them. Algorithm: docs/algorithms/campaigns.md, "Boards"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.errors import BoardFull, BoardMoved, CampaignEdited
from chalicelib.growth.campaigns.base.models import EVERYWHERE, MALL, Board, Campaign
from chalicelib.growth.campaigns.base.plays.service import play_of
from chalicelib.growth.campaigns.base.schemas import PostedItem, Posting
from chalicelib.mall.catalog.products import service as products
from chalicelib.mall.inventory.models import Stock
from chalicelib.mall.storefront.indexing import service as listing

MAX_POSTINGS = 20
"""Campaigns of one place at a time, those to come included: a board stays small enough to be read with a basket."""
_CHUNK = 40


def postings(campaign: Campaign, sold_out: set[str]) -> dict[str, Posting]:
    """What the campaign's boards shall show: place → posting."""
    play = play_of(campaign.play)
    known = products.products(campaign.product_ids)
    settings = play.posted(campaign, known)
    return {
        place: Posting(
            play=campaign.play,
            title=campaign.title,
            starts_at=campaign.starts_at,
            ends_at=campaign.ends_at,
            segment_id=campaign.segment_id,
            per_member_max=campaign.per_member_max,
            not_with=campaign.not_with,
            below_cost=campaign.below_cost,
            settings=settings,
            items=_items(campaign, place, sold_out),
        )
        for place in play.places(campaign)
    }


def _items(campaign: Campaign, place: str, sold_out: set[str]) -> dict[str, PostedItem]:
    return {
        each.sku_id: PostedItem(
            unit_amount=each.unit_amount,
            own_stock=each.stock is not None,
            sold_out=each.sku_id in sold_out,
            per_member_max=each.per_member_max,
            terms=each.terms,
        )
        for each in campaign.items
        if place in (EVERYWHERE, each.product_id)
    }


def post(campaign: Campaign, wanted: Mapping[str, Posting | None]) -> None:
    """Bring boards to show *wanted* of the campaign (None: nothing). What they show already is not written. Lists look
    again at products of which it has pieces.

    :raises BoardMoved: somebody else posted there. :raises CampaignEdited: it is no longer the campaign as read.
    """
    places, stocked = list(wanted), set(campaign.stocked_product_ids)
    for start in range(0, len(places), _CHUNK):
        part = places[start : start + _CHUNK]
        found = batch_get({Board: part}, consistent=True)[Board]
        with Transaction() as tx:
            stale = [place for place in part if _shown(found.get(place), campaign.id) != wanted[place]]
            for place in stale:
                _write(tx, found.get(place) or Board(place=place), campaign.id, wanted[place])
            if stale:
                listing.mark(tx, set(stale) & stocked)
                require_unmoved(tx, campaign)


def _shown(board: Board | None, campaign_id: str) -> Posting | None:
    return board.entries.get(campaign_id) if board is not None else None


def _write(tx: Transaction, board: Board, campaign_id: str, posting: Posting | None) -> None:
    entries = {key: each for key, each in board.entries.items() if key != campaign_id}
    if posting is not None:
        entries[campaign_id] = posting
    unmoved = Board.version == board.version if board.version else Board.version.does_not_exist()
    actions = [Board.entries.set(entries), Board.version.set(board.version + 1)]
    tx.update(Board(place=board.place), actions, only_if=unmoved, otherwise=BoardMoved())


def require_unmoved(tx: Transaction, campaign: Campaign) -> None:
    """Nothing of *tx* happens unless the campaign is still the one that was read. :raises CampaignEdited:"""
    tx.check(
        Campaign(shop=MALL, id=campaign.id),
        only_if=Campaign.version == campaign.version,
        otherwise=CampaignEdited(version=campaign.version),
    )


def halt(tx: Transaction, campaign_id: str) -> None:
    """From this commit on no basket sees the campaign, however many boards still show it."""
    tx.update(Board(place=EVERYWHERE), [Board.halted.add({campaign_id})])


def unhalt(tx: Transaction, campaign_id: str) -> None:
    """Its boards are clean."""
    tx.update(Board(place=EVERYWHERE), [Board.halted.delete({campaign_id})])


def require_room(campaign: Campaign) -> None:
    """:raises BoardFull: a place has as many campaigns as a board holds."""
    for board in boards_of(play_of(campaign.play).places(campaign)):
        others = [key for key in board.entries if key != campaign.id]
        if len(others) >= MAX_POSTINGS:
            raise BoardFull(place=board.place, limit=MAX_POSTINGS)


def boards_of(places: Iterable[str]) -> list[Board]:
    """The boards that there are, this moment."""
    return list(batch_get({Board: list(places)}, consistent=True)[Board].values())


def overlapping(campaign: Campaign, boards: Sequence[Board]) -> Iterator[tuple[str, Posting, str]]:
    """Other campaigns on *boards* with a SKU of this one in an overlapping window: (id, posting, SKU id)."""
    mine = {each.sku_id for each in campaign.items}
    for board in boards:
        for campaign_id, posting in board.entries.items():
            apart = posting.ends_at <= campaign.starts_at or campaign.ends_at <= posting.starts_at
            if campaign_id != campaign.id and not apart:
                yield from ((campaign_id, posting, sku_id) for sku_id in sorted(mine & set(posting.items)))


def sold_out_of(campaign: Campaign) -> set[str]:
    """SKUs whose pieces set aside are gone. One read, none where nothing is set aside."""
    own = [each.sku_id for each in campaign.items if each.stock is not None]
    if not own or play_of(campaign.play).spreads_stock:
        return set()
    found = batch_get({Stock: [(campaign.id, sku_id) for sku_id in own]}, consistent=True)[Stock]
    left = {stock.sku_id for stock in found.values() if stock.available > 0}
    return set(own) - left


def open_postings(boards: Iterable[Board], at: datetime) -> dict[str, list[tuple[str, Posting]]]:
    """What runs at that moment: place → (campaign id, posting); without those that were halted."""
    boards = list(boards)
    halted = set().union(*(each.halted or set() for each in boards if each.place == EVERYWHERE))
    return {
        board.place: [(key, each) for key, each in board.entries.items() if key not in halted and each.is_open(at)]
        for board in boards
    }


def open_on(boards: Iterable[Board], place: str, campaign_id: str, at: datetime) -> Posting | None:
    """The campaign as it is posted at *place*, if it runs at that moment. *boards*: of the place and everywhere."""
    return dict(open_postings(boards, at).get(place, [])).get(campaign_id)
