"""What was unlocked and not ordered goes back: by its deadline, by the merchant's stop, after a canceled order.

Algorithm: docs/algorithms/bargain.md, "Assist".
"""

from __future__ import annotations

from datetime import timedelta

from chalicelib.core import clock, pages
from chalicelib.core.errors import TooBusy
from chalicelib.core.states import move
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.assist.events import CloseAssist, CloseAssists
from chalicelib.growth.campaigns.assist.models import STEPS, Assist, AssistSlot, AssistStatus
from chalicelib.growth.campaigns.assist.service import NAME, assist_of, named
from chalicelib.growth.campaigns.base.events import SettleCampaign
from chalicelib.growth.campaigns.base.models import CampaignStatus
from chalicelib.growth.campaigns.base.service import campaign_of
from chalicelib.mall.inventory import service as inventory
from chalicelib.mall.storefront.indexing import service as listing

COMES_BACK = timedelta(minutes=2)
"""After an order was canceled, until its piece is certainly under the assist's key again."""
INDEX_LAG = timedelta(minutes=5)
PAGE = 25


def close(tx: Transaction, assist: Assist) -> None:
    """The piece goes back to the campaign, and on to the product if that is over; before its time it stays.

    A piece that is still on its way back from an order lets the message come again.
    """
    if assist.status is not AssistStatus.UNLOCKED:
        return
    if assist.ends_at > clock.now() and not _is_stopped(assist):
        return
    move(tx, Assist(id=assist.id), Assist.status, STEPS, AssistStatus.LAPSED, otherwise=TooBusy())
    inventory.release(tx, assist.own_stock, (assist.campaign_id, assist.sku_id), 1, ref=assist.id)
    listing.mark(tx, [assist.product_id])
    tx.emit(SettleCampaign(campaign_id=assist.campaign_id, play=NAME))


def close_page(tx: Transaction, event: CloseAssists) -> None:
    """The merchant ended the campaign: each assist whose piece waits is looked at, a page a message."""
    waits = Assist.status == AssistStatus.UNLOCKED
    found, cursor = pages.query(
        Assist.by_campaign, event.campaign_id, limit=PAGE, cursor=event.cursor, filter_condition=waits
    )
    for each in batch_get({Assist: [key.id for key in found]})[Assist].values() if found else ():
        tx.emit(CloseAssist(**named(each)))
    if cursor is not None:
        tx.emit(event.model_copy(update={"cursor": cursor}))
    elif event.again:
        tx.emit(CloseAssists(campaign_id=event.campaign_id, again=False), at=clock.now() + INDEX_LAG)


def order_ended(tx: Transaction, slot: AssistSlot) -> None:
    """The piece waits again for whom it was unlocked; if its time is over it goes back in two minutes."""
    assist = assist_of(slot.assist_id, consistent=True)
    move(
        tx,
        Assist(id=assist.id),
        Assist.status,
        STEPS,
        AssistStatus.UNLOCKED,
        Assist.order_id.remove(),
        also=Assist.order_id == slot.place,
        otherwise=TooBusy(),
    )
    tx.delete(slot)
    back = clock.now() + COMES_BACK
    tx.emit(CloseAssist(**named(assist)), at=back if _is_stopped(assist) else max(assist.ends_at, back))


def _is_stopped(assist: Assist) -> bool:
    return campaign_of(assist.campaign_id, consistent=True).status is CampaignStatus.STOPPED
