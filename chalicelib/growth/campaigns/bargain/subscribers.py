"""How bargains react: to orders, to closed accounts, and for the numbers."""

from __future__ import annotations

from chalicelib.core import clock
from chalicelib.core.errors import TooBusy
from chalicelib.core.events import subscribe
from chalicelib.core.states import move
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.bargain.events import BargainCut, BargainFinished, BargainStarted
from chalicelib.growth.campaigns.bargain.models import STEPS, Bargain, BargainHelp, BargainSlot, BargainStatus
from chalicelib.growth.campaigns.bargain.notices import service as notices
from chalicelib.growth.campaigns.bargain.service import NAME, bargain_of
from chalicelib.growth.campaigns.base.events import CampaignOrderCanceled
from chalicelib.growth.campaigns.base.service import campaign_of
from chalicelib.growth.campaigns.base.statistics import service as statistics
from chalicelib.mall.identity.members.events import MemberClosed


@subscribe(BargainStarted, queue="reactions")
def count_starter(event: BargainStarted, tx: Transaction) -> None:
    """Who starts takes part."""
    statistics.join(tx, campaign_of(event.campaign_id), event.member_id)


@subscribe(BargainCut, queue="reactions")
def count_helper(event: BargainCut, tx: Transaction) -> None:
    """Who helps takes part, and was brought by whom they helped."""
    statistics.join(tx, campaign_of(event.campaign_id), event.helper_id, invited_by=event.member_id)


@subscribe(BargainCut, queue="notifications")
def tell_cut(event: BargainCut, tx: Transaction) -> None:
    """A friend has helped."""
    notices.tell_cut(tx, bargain_of(event.bargain_id, consistent=True), event.number)


@subscribe(BargainFinished, queue="notifications")
def tell_floor(event: BargainFinished, tx: Transaction) -> None:
    """All cuts are made: it can be bought."""
    notices.tell_floor(tx, bargain_of(event.bargain_id, consistent=True))


@subscribe(CampaignOrderCanceled, queue="reactions")
def reopen_bargain(event: CampaignOrderCanceled, tx: Transaction) -> None:
    """The bargain that the order bought is open again; whether its time is over, the clock knows."""
    if event.play != NAME:
        return
    slot = BargainSlot.find(event.member_id, event.order_id, consistent=True)
    if slot is None:
        return
    move(
        tx,
        Bargain(id=slot.bargain_id),
        Bargain.status,
        STEPS,
        BargainStatus.OPEN,
        Bargain.order_id.remove(),
        also=Bargain.order_id == event.order_id,
        otherwise=TooBusy(),
    )
    tx.delete(slot)


@subscribe(MemberClosed, queue="reactions")
def forget_bargains(event: MemberClosed, tx: Transaction) -> None:
    """What they started ends; their help counts on, under nobody's name."""
    now = clock.now()
    for key in Bargain.by_member.query(event.member_id):
        if bargain_of(key.id, consistent=True).ends_at > now:
            Bargain(id=key.id).update([Bargain.ends_at.set(now)])
    for table in (BargainHelp, BargainSlot):
        table.delete_under(event.member_id)
