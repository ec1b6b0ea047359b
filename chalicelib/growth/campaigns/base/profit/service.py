"""How low a campaign's goods can fall. Algorithm: docs/algorithms/campaigns.md, "Profit guard"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chalicelib.growth.campaigns.base.boards.service import boards_of
from chalicelib.growth.campaigns.base.models import EVERYWHERE, GROUP, Board, Campaign
from chalicelib.growth.campaigns.base.plays.service import play_of, plays
from chalicelib.growth.campaigns.base.profit.schemas import Margin
from chalicelib.growth.campaigns.base.schemas import CampaignItem, Posting
from chalicelib.mall.catalog.products import service as products
from chalicelib.mall.catalog.products.models import Product
from chalicelib.trade.pricing.floors.service import Goods, earned, lowest


def margins(campaign: Campaign) -> list[Margin]:
    """Each SKU at its worst: the campaign, other campaigns in its window, then every benefit that goes with it."""
    known = products.products(campaign.product_ids) if campaign.items else {}
    boards = boards_of([EVERYWHERE, *campaign.product_ids]) if campaign.items else []
    found = [_margin(campaign, item, known, boards) for item in campaign.items]
    return [each for each in found if each is not None]


def _margin(
    campaign: Campaign, item: CampaignItem, known: Mapping[str, Product], boards: Sequence[Board]
) -> Margin | None:
    product = known.get(item.product_id)
    sku = product.sku(item.sku_id) if product is not None else None
    if product is None or sku is None:
        return None
    play = play_of(campaign.play)
    price = play.lowest_unit_amount(campaign, item, sku.price_amount)
    price -= min(play.most_off(campaign.settings, price), price)
    amount, taken = _with_others(campaign, item, boards, price)
    goods = Goods(
        product.id,
        product.category_id,
        product.brand_id or "",
        groups={campaign.play, GROUP},
        closed_to=set(campaign.not_with),
        prices=sku.prices or {},
        is_offered=play.prices_skus,
    )
    worst, benefits = lowest(goods, amount)
    others = earned(goods, worst)
    return Margin(
        sku_id=sku.id,
        campaign_amount=price,
        lowest_amount=worst,
        taken=taken | benefits,
        earned=others,
        cost_amount=sku.cost_amount,
        below_cost=sku.cost_amount is not None and worst - sum(others.values()) < sku.cost_amount,
    )


def _with_others(
    campaign: Campaign, item: CampaignItem, boards: Sequence[Board], amount: int
) -> tuple[int, dict[str, int]]:
    """What other campaigns may take beside this one. Two prices of a line never add up: the buyer gets one."""
    taken: dict[str, int] = {}
    for board in boards:
        if board.place in (EVERYWHERE, item.product_id):
            for campaign_id, posting in board.entries.items():
                # A release that was rolled back may have posted a play that this one does not know.
                play = plays.get(posting.play)
                if play is not None and campaign_id != campaign.id and _meets(campaign, posting):
                    off = min(play.most_off(posting.settings, amount), amount)
                    amount -= off
                    if off:
                        taken[posting.play] = taken.get(posting.play, 0) + off
    return amount, taken


def _meets(campaign: Campaign, posting: Posting) -> bool:
    apart = posting.ends_at <= campaign.starts_at or campaign.ends_at <= posting.starts_at
    unwilling = posting.play in campaign.not_with or campaign.play in posting.not_with
    return not apart and not unwilling
