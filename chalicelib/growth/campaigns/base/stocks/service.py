"""Between the product's stock and the campaign's own: the owner of the stock key is the campaign's id.

Conservation is inventory's: every move is one transaction with a log entry on both sides (docs/algorithms/stock.md).
"""

from __future__ import annotations

from chalicelib.core import ids
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.boards.service import require_unmoved
from chalicelib.growth.campaigns.base.models import Campaign
from chalicelib.growth.campaigns.base.schemas import CampaignItem
from chalicelib.mall.inventory import service as inventory
from chalicelib.mall.inventory.errors import AlreadyBooked
from chalicelib.mall.inventory.models import Stock

_CHUNK = 20  # four writes each


def set_aside(campaign: Campaign) -> None:
    """Move the pieces that the campaign wants for itself. Once for each version of it: again does nothing.

    :raises OutOfStock: a product has fewer; chunks before it stay moved until the campaign is settled as withdrawn.
    :raises CampaignEdited: it is no longer the campaign as read.
    """
    own = [each for each in campaign.items if each.stock is not None]
    for start in range(0, len(own), _CHUNK):
        try:
            _move_chunk(campaign, own[start : start + _CHUNK])
        except AlreadyBooked:
            continue  # this chunk stands: it is all or nothing


def _move_chunk(campaign: Campaign, items: list[CampaignItem]) -> None:
    with Transaction() as tx:
        for each in items:
            key, own = (each.product_id, each.sku_id), (campaign.id, each.sku_id)
            inventory.set_aside(tx, key, own, each.stock or 0, ref=f"{campaign.id}v{campaign.version}")
        require_unmoved(tx, campaign)


def give_back(campaign: Campaign) -> int:
    """Move what is left back to the products; returns how many pieces.

    :raises OutOfStock: an order took a piece meanwhile. :raises CampaignEdited: it is no longer the campaign as read.
    """
    products = {each.sku_id: each.product_id for each in campaign.items}
    stocks = Stock.query(campaign.id, consistent_read=True) if products else []
    left = [each for each in stocks if each.available > 0]
    for start in range(0, len(left), _CHUNK):
        cause = ids.new("rel")
        with Transaction() as tx:
            for each in left[start : start + _CHUNK]:
                to = (products[each.sku_id], each.sku_id)
                inventory.release(tx, each.key, to, each.available, ref=cause)
            require_unmoved(tx, campaign)
    return sum(each.available for each in left)
