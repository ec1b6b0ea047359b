"""How assists react: to their deadline, to orders, to closed accounts, and for the numbers."""

from __future__ import annotations

from chalicelib.core import clock
from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.assist.closing import service as closing
from chalicelib.growth.campaigns.assist.events import (
    AssistHelped,
    AssistStarted,
    AssistUnlocked,
    CloseAssist,
    CloseAssists,
)
from chalicelib.growth.campaigns.assist.models import Assist, AssistHelp, AssistSlot
from chalicelib.growth.campaigns.assist.notices import service as notices
from chalicelib.growth.campaigns.assist.service import NAME, assist_of, named
from chalicelib.growth.campaigns.base.events import CampaignClosed, CampaignOrderCanceled
from chalicelib.growth.campaigns.base.models import CampaignStatus
from chalicelib.growth.campaigns.base.service import campaign_of
from chalicelib.growth.campaigns.base.statistics import service as statistics
from chalicelib.mall.identity.members.events import MemberClosed


@subscribe(AssistStarted, queue="reactions")
def count_asker(event: AssistStarted, tx: Transaction) -> None:
    """Who starts takes part."""
    statistics.join(tx, campaign_of(event.campaign_id), event.member_id)


@subscribe(AssistHelped, queue="reactions")
def count_help(event: AssistHelped, tx: Transaction) -> None:
    """Who helps takes part, and was brought by whom they helped."""
    statistics.join(tx, campaign_of(event.campaign_id), event.helper_id, invited_by=event.member_id)


@subscribe(AssistHelped, queue="notifications")
def tell_help(event: AssistHelped, tx: Transaction) -> None:
    """A friend has helped."""
    notices.tell_help(tx, assist_of(event.assist_id, consistent=True), event.number)


@subscribe(AssistUnlocked, queue="notifications")
def tell_unlocked(event: AssistUnlocked, tx: Transaction) -> None:
    """All helpers came: it can be ordered."""
    notices.tell_unlocked(tx, assist_of(event.assist_id, consistent=True))


@subscribe(CloseAssist, queue="reactions")
def close_assist(event: CloseAssist, tx: Transaction) -> None:
    """Nobody ordered it in time, or the merchant ended it."""
    closing.close(tx, assist_of(event.assist_id, consistent=True))


@subscribe(CampaignClosed, queue="reactions")
def close_stopped(event: CampaignClosed, tx: Transaction) -> None:
    """The merchant ended it: what waits to be ordered is the shop's again at once. (Else it waits until its time.)"""
    if (event.play, event.status) == (NAME, CampaignStatus.STOPPED):
        tx.emit(CloseAssists(campaign_id=event.campaign_id))


@subscribe(CloseAssists, queue="reactions")
def close_page(event: CloseAssists, tx: Transaction) -> None:
    """A page of them."""
    closing.close_page(tx, event)


@subscribe(CampaignOrderCanceled, queue="reactions")
def reopen_assist(event: CampaignOrderCanceled, tx: Transaction) -> None:
    """Its owner may order it again."""
    slot = AssistSlot.find(event.member_id, event.order_id, consistent=True) if event.play == NAME else None
    if slot is not None:
        closing.order_ended(tx, slot)


@subscribe(MemberClosed, queue="reactions")
def forget_assists(event: MemberClosed, tx: Transaction) -> None:
    """What they started ends, what waits for them goes back; their help counts on, under nobody's name."""
    now = clock.now()
    for key in Assist.by_member.query(event.member_id):
        assist = assist_of(key.id, consistent=True)
        if assist.ends_at > now:
            Assist(id=key.id).update([Assist.ends_at.set(now)])
            tx.emit(CloseAssist(**named(assist)))
    for table in (AssistHelp, AssistSlot):
        table.delete_under(event.member_id)
