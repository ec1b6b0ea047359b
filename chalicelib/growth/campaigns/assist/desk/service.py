"""Staff look at assists. Nobody edits one: friends unlock it."""

from __future__ import annotations

from datetime import datetime

from pynamodb.expressions.condition import Condition

from chalicelib.core import clock
from chalicelib.core.schemas import Page
from chalicelib.growth.campaigns.assist.desk.schemas import DeskAssist, DeskAssistDetail, DeskHelper, FindAssists
from chalicelib.growth.campaigns.assist.models import Assist, AssistStatus, Helper, Standing
from chalicelib.growth.campaigns.assist.service import assist_of
from chalicelib.growth.campaigns.base.friends.desk import service as desk

STORED = {
    Standing.RUNNING: AssistStatus.OPEN,
    Standing.UNLOCKED: AssistStatus.UNLOCKED,
    Standing.ORDERED: AssistStatus.ORDERED,
}


def find(asked: FindAssists) -> Page[DeskAssist]:
    """Assists of a campaign or a member, newest first. :raises CampaignNotFound:"""
    now = clock.now()
    found = desk.find(Assist, asked, lambda runs: _likely(asked.standing, now, runs), now)
    items = [DeskAssist.of(each, each.standing(now, runs=each.campaign_id in found.running)) for each in found.rows]
    wanted = [each for each in items if asked.standing in (None, each.standing)]
    return Page[DeskAssist](items=wanted, cursor=found.cursor)


def show(assist_id: str) -> DeskAssistDetail:
    """:raises AssistNotFound:"""
    assist, now = assist_of(assist_id, consistent=True), clock.now()
    standing = assist.standing(now, runs=bool(desk.running({assist.campaign_id}, now)))
    helpers = [DeskHelper.of(each) for each in Helper.query(assist.id, consistent_read=True)]
    return DeskAssistDetail(**DeskAssist.of(assist, standing).model_dump(), helpers=helpers)


def _likely(standing: Standing | None, now: datetime, runs: bool) -> Condition | None:
    """What the campaign's index knows of the assists wanted."""
    if standing is None:
        return None
    if standing is Standing.OVER:
        gone = Assist.status != AssistStatus.ORDERED
        return gone & ((Assist.ends_at <= now) | (Assist.status == AssistStatus.LAPSED)) if runs else gone
    stored = Assist.status == STORED[standing]
    return stored if standing is Standing.ORDERED else stored & (Assist.ends_at > now)
