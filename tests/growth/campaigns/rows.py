"""Campaigns as rows and postings: for tests that build the same world many times. What staff's desk refuses is not
asked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chalicelib.core import clock, ids
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.boards import service as boards
from chalicelib.growth.campaigns.base.models import ID_PREFIX, Campaign, CampaignStatus, Phase
from chalicelib.growth.campaigns.base.plays.service import checked, play_of
from chalicelib.growth.campaigns.base.schemas import CampaignItem
from chalicelib.mall.inventory import service as inventory
from chalicelib.mall.inventory.models import StockKey


def running(play: str, *items: dict[str, Any], **settings: Any) -> Campaign:
    """It runs a day. Pieces set aside are there, and taken from nowhere."""
    now, known = clock.now(), play_of(play)
    campaign = Campaign(
        id=ids.new(ID_PREFIX),
        play=play,
        title=known.title,
        status=CampaignStatus.RUNNING,
        phase=Phase.LIVE,
        starts_at=now,
        ends_at=now + timedelta(days=1),
        settings=checked(known.settings, settings, "settings"),
        items=[CampaignItem.model_validate(each) for each in items],
        created_at=now,
    )
    campaign.save()
    with Transaction() as tx:
        for each in campaign.items:
            if each.stock is not None:
                inventory.declare(tx, StockKey(campaign.id, each.sku_id), each.stock)
    boards.post(campaign, dict(boards.postings(campaign, set())))
    return campaign
