"""How assists react: to their deadline, to orders, to closed accounts, and for the numbers."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.core import clock
from chalicelib.core.errors import TooBusy
from chalicelib.core.events import subscribe
from chalicelib.core.states import move
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.assist.events import AssistHelped, AssistStarted, AssistUnlocked, CloseAssist
from chalicelib.growth.campaigns.assist.models import STEPS, Assist, AssistHelp, AssistSlot, AssistStatus
from chalicelib.growth.campaigns.assist.notices import service as notices
from chalicelib.growth.campaigns.assist.service import NAME, assist_of
from chalicelib.growth.campaigns.base.events import CampaignOrderCanceled, SettleCampaign
from chalicelib.growth.campaigns.base.service import campaign_of
from chalicelib.growth.campaigns.base.statistics import service as statistics
from chalicelib.mall.identity.members.events import MemberClosed
from chalicelib.mall.inventory import service as inventory

COMES_BACK = timedelta(minutes=2)
"""After an order was canceled, until its piece is certainly under the assist's key again."""


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
    """Nobody ordered it in time: the piece goes back to the campaign, and on to the product if that is over.

    A piece that is still on its way back from an order lets the message come again.
    """
    assist = assist_of(event.assist_id, consistent=True)
    if assist.status is not AssistStatus.UNLOCKED or assist.ends_at > clock.now():
        return
    move(tx, Assist(id=assist.id), Assist.status, STEPS, AssistStatus.LAPSED, otherwise=TooBusy())
    inventory.release(tx, assist.own_stock, (assist.campaign_id, assist.sku_id), 1, ref=assist.id)
    tx.emit(SettleCampaign(campaign_id=assist.campaign_id, play=NAME))


@subscribe(CampaignOrderCanceled, queue="reactions")
def reopen_assist(event: CampaignOrderCanceled, tx: Transaction) -> None:
    """The piece waits again for whom it was unlocked; if its time is over it goes back in two minutes."""
    if event.play != NAME:
        return
    slot = AssistSlot.find(event.member_id, event.order_id, consistent=True)
    if slot is None:
        return
    assist = assist_of(slot.assist_id, consistent=True)
    move(
        tx,
        Assist(id=assist.id),
        Assist.status,
        STEPS,
        AssistStatus.UNLOCKED,
        Assist.order_id.remove(),
        also=Assist.order_id == event.order_id,
        otherwise=TooBusy(),
    )
    tx.delete(slot)
    named = {"assist_id": assist.id, "campaign_id": assist.campaign_id, "member_id": assist.member_id}
    tx.emit(CloseAssist(**named), at=max(assist.ends_at, clock.now() + COMES_BACK))


@subscribe(MemberClosed, queue="reactions")
def forget_assists(event: MemberClosed, tx: Transaction) -> None:
    """What they started ends, what waits for them goes back; their help counts on, under nobody's name."""
    now = clock.now()
    for key in Assist.by_member.query(event.member_id):
        assist = assist_of(key.id, consistent=True)
        if assist.ends_at > now:
            Assist(id=key.id).update([Assist.ends_at.set(now)])
            named = {"assist_id": assist.id, "campaign_id": assist.campaign_id, "member_id": event.member_id}
            tx.emit(CloseAssist(**named))
    for table in (AssistHelp, AssistSlot):
        with table.batch_write() as batch:
            for row in table.query(event.member_id, consistent_read=True):
                batch.delete(row)
