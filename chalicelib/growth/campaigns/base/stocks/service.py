"""Between the product's stock and the campaign's own: the owner of the stock key is the campaign's id, or begins with
it where the play spreads its pieces.

Conservation is inventory's: every move is one transaction with a log entry on both sides (docs/algorithms/stock.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from chalicelib.core import ids
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.boards.service import require_unmoved
from chalicelib.growth.campaigns.base.models import Campaign
from chalicelib.growth.campaigns.base.plays.service import play_of
from chalicelib.mall.inventory import service as inventory
from chalicelib.mall.inventory.errors import AlreadyBooked
from chalicelib.mall.inventory.models import StockKey
from chalicelib.mall.storefront.indexing import service as listing

_WRITES = 80
_PART = 19
"""Stock keys of a SKU that are served together: two writes each, and two for the product."""


@dataclass(frozen=True)
class _Move:
    """Pieces of a product between its stock and keys of the campaign. ``part``: of a SKU spread over many."""

    product: StockKey
    shares: Mapping[StockKey, int]
    part: int

    @property
    def writes(self) -> int:
        """For the product, for its place in lists, and for each of the keys."""
        return 3 + 2 * len(self.shares)


def set_aside(campaign: Campaign) -> None:
    """Move the pieces that the campaign wants for itself. Once for each time that it is scheduled: again does nothing.

    :raises OutOfStock: a product has fewer; chunks before it stay moved until the campaign is settled as withdrawn.
    :raises CampaignEdited: it is no longer the campaign as read.
    """
    ref = f"{campaign.id}v{campaign.round}"
    shares = wanted(campaign)
    keepers = inventory.keepers({StockKey(each.product_id, each.sku_id) for each in campaign.items}) if shares else {}
    for moves in _chunks(_moves(campaign, shares)):
        try:
            with Transaction() as tx:
                for each in moves:
                    part = f"{ref}-{each.part}" if each.part else ref
                    keeper = keepers.get(each.product)
                    inventory.set_aside_among(tx, each.product, each.shares, part, keeper=keeper)
                listing.mark(tx, {each.product.owner for each in moves})
                require_unmoved(tx, campaign)
        except AlreadyBooked:
            continue  # this chunk stands: it is all or nothing


def give_back(campaign: Campaign) -> int:
    """Move what is left back to the products; returns how many pieces.

    :raises OutOfStock: an order took a piece meanwhile. :raises CampaignEdited: it is no longer the campaign as read.
    """
    found = left(campaign) | _kept_for_members(campaign)
    for moves in _chunks(_moves(campaign, {key: pieces for key, pieces in found.items() if pieces > 0})):
        with Transaction() as tx:
            for each in moves:
                # A product's log knows each part by a cause of its own.
                inventory.release_all(tx, each.shares, each.product, ref=ids.new("rel"))
            listing.mark(tx, {each.product.owner for each in moves})
            require_unmoved(tx, campaign)
    return sum(found.values())


def wanted(campaign: Campaign) -> dict[StockKey, int]:
    """What is to be set aside, by stock key."""
    play = play_of(campaign.play)
    return {
        StockKey(owner, item.sku_id): pieces
        for item in campaign.items
        for owner, pieces in play.stock_shares(campaign, item).items()
    }


def left(campaign: Campaign) -> dict[StockKey, int]:
    """What the campaign's stocks hold this moment, by stock key."""
    keys = wanted(campaign)
    found = inventory.stocks(keys, consistent=True) if keys else {}
    return {key: stock.available for key, stock in found.items()}


def _kept_for_members(campaign: Campaign) -> dict[StockKey, int]:
    owners = play_of(campaign.play).kept_for_members(campaign)
    keys = [StockKey(owner, item.sku_id) for item in campaign.items for owner in owners]
    found = inventory.stocks(keys, consistent=True) if keys else {}
    return {key: stock.available for key, stock in found.items()}


def _moves(campaign: Campaign, shares: Mapping[StockKey, int]) -> Iterator[_Move]:
    for item in campaign.items:
        mine = iter([(key, pieces) for key, pieces in shares.items() if key.sku_id == item.sku_id])
        part = 0
        while some := dict(islice(mine, _PART)):
            yield _Move(StockKey(item.product_id, item.sku_id), some, part)
            part += 1


def _chunks(moves: Iterator[_Move]) -> Iterator[list[_Move]]:
    """As many as fit into one transaction; one that touches a stock twice would be refused."""
    chunk: list[_Move] = []
    for each in moves:
        full = sum(one.writes for one in chunk) + each.writes > _WRITES
        if chunk and (full or any(one.product == each.product for one in chunk)):
            yield chunk
            chunk = []
        chunk.append(each)
    if chunk:
        yield chunk
