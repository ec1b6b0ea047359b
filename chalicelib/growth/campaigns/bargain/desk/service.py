"""Staff look at bargains. Nobody edits one: friends make its price."""

from __future__ import annotations

from datetime import datetime

from pynamodb.expressions.condition import Condition

from chalicelib.core import clock
from chalicelib.core.schemas import Page
from chalicelib.growth.campaigns.bargain.desk.schemas import DeskBargain, DeskBargainDetail, DeskCut, FindBargains
from chalicelib.growth.campaigns.bargain.models import Bargain, BargainStatus, Cut, Standing
from chalicelib.growth.campaigns.bargain.service import bargain_of
from chalicelib.growth.campaigns.base.friends.desk import service as desk

MEANT = {
    "running": {Standing.RUNNING, Standing.AT_FLOOR},
    "ordered": {Standing.ORDERED},
    "over": {Standing.OVER},
}


def find(asked: FindBargains) -> Page[DeskBargain]:
    """Bargains of a campaign or a member, newest first. :raises CampaignNotFound:"""
    now = clock.now()
    found = desk.find(Bargain, asked, lambda runs: _likely(asked, now, runs), now)
    items = [DeskBargain.of(each, each.standing(now, runs=each.campaign_id in found.running)) for each in found.rows]
    wanted = MEANT[asked.standing] if asked.standing is not None else set(Standing)
    return Page[DeskBargain](items=[each for each in items if each.standing in wanted], cursor=found.cursor)


def show(bargain_id: str) -> DeskBargainDetail:
    """:raises BargainNotFound:"""
    bargain, now = bargain_of(bargain_id, consistent=True), clock.now()
    standing = bargain.standing(now, runs=bool(desk.running({bargain.campaign_id}, now)))
    cuts = [DeskCut.of(each) for each in Cut.query(bargain.id, consistent_read=True)]
    return DeskBargainDetail(**DeskBargain.of(bargain, standing).model_dump(), cuts=cuts)


def _likely(asked: FindBargains, now: datetime, runs: bool) -> Condition | None:
    """What the campaign's index knows of the bargains wanted."""
    if asked.standing is None:
        return None
    if asked.standing == "ordered":
        ordered: Condition = Bargain.status == BargainStatus.ORDERED
        return ordered
    is_open: Condition = Bargain.status == BargainStatus.OPEN
    running: Condition = is_open & (Bargain.ends_at > now)
    if asked.standing == "running":
        return running
    return is_open & ~running if runs else is_open
