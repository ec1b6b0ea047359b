"""Staff change what a running campaign has for itself. docs/algorithms/campaigns.md, "More, and fewer"."""

from __future__ import annotations

from chalicelib.core import clock, ids
from chalicelib.core.once import Once
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.errors import BelowCost, CampaignEdited, CampaignFixed, PiecesGone
from chalicelib.growth.campaigns.base.events import SettleCampaign
from chalicelib.growth.campaigns.base.lifecycle import service as lifecycle
from chalicelib.growth.campaigns.base.models import MALL, Campaign, CampaignStatus
from chalicelib.growth.campaigns.base.pieces.schemas import ChangePieces
from chalicelib.growth.campaigns.base.plays.service import Spot, play_of
from chalicelib.growth.campaigns.base.profit import service as profit
from chalicelib.mall.inventory import service as inventory
from chalicelib.mall.inventory.errors import OutOfStock
from chalicelib.mall.inventory.models import StockKey
from chalicelib.mall.storefront.indexing import service as listing


def change(staff_id: str, idempotency_key: str, campaign_id: str, asked: ChangePieces) -> None:
    """Set more pieces aside, or give unsold ones back; once per *idempotency_key*. All of them or nothing.

    :raises CampaignNotFound: :raises CampaignFixed: it does not run. :raises CampaignEdited:
    :raises Invalid: it has no such pieces of its own. :raises BelowCost: more of it would sell below cost.
    :raises OutOfStock: the product has fewer. :raises PiecesGone: fewer are unsold. :raises KeyReused:
    """
    once = Once(staff_id, f"change_pieces/{campaign_id}", idempotency_key, asked)
    once.carry_out(lambda: _change(once, campaign_id, asked))
    lifecycle.settle(campaign_id)


def _change(once: Once, campaign_id: str, asked: ChangePieces) -> str:
    # Settled: what it began with is set aside by now, and a settling that comes later does not do it again.
    campaign = lifecycle.settle(campaign_id)
    if campaign.version != asked.version:
        raise CampaignEdited(version=campaign.version)
    if campaign.status_at(clock.now()) is not CampaignStatus.RUNNING:
        raise CampaignFixed(status=campaign.status_at(clock.now()))
    spot = play_of(campaign.play).spot(campaign, asked.sku_id, asked.part)
    if asked.delta > 0:
        _require_profit(campaign, spot)
    ref = ids.new("pcs")
    try:
        with once.writing(ref) as tx:
            _write(tx, campaign, spot, asked.delta, ref)
    except OutOfStock:
        if asked.delta > 0:
            raise
        raise PiecesGone() from None
    return ref


def _require_profit(campaign: Campaign, spot: Spot) -> None:
    """More pieces are a promise like the first ones. Costs and prices may have changed since they were made."""
    sku_id = spot.item.sku_id if spot.item is not None else None
    below = [each.sku_id for each in profit.margins(campaign) if each.below_cost and each.sku_id == sku_id]
    if below and not campaign.below_cost:
        raise BelowCost(sku_ids=below)


def _write(tx: Transaction, campaign: Campaign, spot: Spot, delta: int, ref: str) -> None:
    play = play_of(campaign.play)
    shares = play.shares_of(campaign, spot, delta)
    added = {**campaign.added, spot.name: campaign.added.get(spot.name, 0) + delta}
    tx.update(
        Campaign(shop=MALL, id=campaign.id),
        [
            Campaign.added.set(added),
            Campaign.version.set(campaign.version + 1),
            # The round of its stock stays the same: what it began with is not set aside again.
            Campaign.stock_round.set(campaign.round),
        ],
        only_if=Campaign.version == campaign.version,
        otherwise=CampaignEdited(version=campaign.version),
    )
    play.recount(tx, campaign, spot, delta, shares)
    if spot.item is not None:
        product = StockKey(spot.item.product_id, spot.item.sku_id)
        own = {StockKey(owner, spot.item.sku_id): pieces for owner, pieces in shares.items()}
        if delta > 0:
            keeper = inventory.keepers([product]).get(product)
            inventory.set_aside_among(tx, product, own, ref, keeper=keeper)
        else:
            inventory.release_all(tx, own, product, ref)
        listing.mark(tx, [product.owner])
    tx.emit(SettleCampaign(campaign_id=campaign.id, play=campaign.play))
