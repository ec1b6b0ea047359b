"""Steps of a campaign's life. Each is one small transaction that decides; :func:`settle` then brings boards and stock
to what was decided, can be run at any time, and again. Algorithm: docs/algorithms/campaigns.md, "Life"."""

from __future__ import annotations

import logging
from datetime import datetime

from pynamodb.expressions.update import Action

from chalicelib.core import clock, ids, states
from chalicelib.core.errors import TooBusy
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.boards import service as boards
from chalicelib.growth.campaigns.base.errors import BoardMoved, CampaignEdited, CampaignFixed, CampaignOver
from chalicelib.growth.campaigns.base.events import (
    CampaignClosed,
    CampaignEvent,
    CampaignScheduled,
    CampaignStarted,
    CloseCampaign,
    OpenCampaign,
    ReleaseReturned,
    SettleCampaign,
)
from chalicelib.growth.campaigns.base.models import LIVE, MALL, STEPS, Campaign, CampaignStatus, Phase
from chalicelib.growth.campaigns.base.plays.service import play_of
from chalicelib.growth.campaigns.base.service import campaign_of
from chalicelib.growth.campaigns.base.stocks import service as stocks
from chalicelib.mall.inventory import service as inventory
from chalicelib.mall.inventory.errors import OutOfStock

log = logging.getLogger(__name__)

TRIES = 5


def schedule(campaign: Campaign, *, below_cost: bool = False) -> None:
    """The draft becomes a promise: stock is set aside, boards are posted, it opens and closes by itself.

    :raises CampaignFixed: it is no draft, or still being cleared. :raises CampaignEdited:
    :raises CampaignOver: its window has passed. :raises OutOfStock: a product has fewer pieces; it is a draft again.
    """
    now = clock.now()
    if campaign.ends_at <= now:
        raise CampaignOver()
    if campaign.phase is not Phase.DRAFT:
        raise CampaignFixed(status=campaign.status)
    named = {"campaign_id": campaign.id, "play": campaign.play}
    with Transaction() as tx:
        _move(tx, campaign, CampaignStatus.SCHEDULED, Phase.LIVE, Campaign.below_cost.set(below_cost))
        tx.emit(CampaignScheduled(**named))
        _at(tx, OpenCampaign(**named), campaign.starts_at, now)
        _at(tx, CloseCampaign(**named), campaign.ends_at, now)
    settle(campaign.id)


def withdraw(campaign: Campaign) -> None:
    """A scheduled campaign that has not begun is a draft again. :raises CampaignFixed: it has begun."""
    if campaign.status_at(clock.now()) is not CampaignStatus.SCHEDULED:
        raise CampaignFixed(status=campaign.status_at(clock.now()))
    _close(campaign, CampaignStatus.DRAFT)
    settle(campaign.id)


def stop(campaign: Campaign) -> None:
    """By hand, at once: no basket sees it from this commit on; placed orders stay as they are.

    Of a campaign that is over it gives back what came back to it since.

    :raises CampaignFixed: it does not run.
    """
    if campaign.phase in (Phase.DRAFT, Phase.LIVE):
        if campaign.status_at(clock.now()) is not CampaignStatus.RUNNING:
            raise CampaignFixed(status=campaign.status_at(clock.now()))
        if open_due(campaign):
            campaign = campaign_of(campaign.id, consistent=True)
        _close(campaign, CampaignStatus.STOPPED)
    settle(campaign.id)


def open_due(campaign: Campaign) -> bool:
    """The window has begun: say so, once. Its prices hold by the clock already."""
    due = campaign.status is CampaignStatus.SCHEDULED and campaign.starts_at <= clock.now()
    if due:
        with Transaction() as tx:
            _move(tx, campaign, CampaignStatus.RUNNING, Phase.LIVE)
            tx.emit(CampaignStarted(campaign_id=campaign.id, play=campaign.play))
    return due


def close_due(campaign: Campaign) -> bool:
    """The window has ended: say so, once."""
    due = campaign.status in LIVE and campaign.ends_at <= clock.now()
    if due:
        _close(campaign, CampaignStatus.ENDED)
    return due


def release_returned(tx: Transaction, event: ReleaseReturned) -> None:
    """Pieces that came back to a key for members are on sale again; if the campaign is over they go on to the product.

    :raises CampaignEdited, OutOfStock: (at commit) comes again.
    """
    campaign = campaign_of(event.campaign_id, consistent=True)
    if campaign.phase is not Phase.LIVE:
        settle(campaign.id)
    elif event.owner in play_of(campaign.play).kept_for_members(campaign):
        kept, own = (event.owner, event.sku_id), (campaign.id, event.sku_id)
        inventory.release(tx, kept, own, event.pieces, ref=ids.new("rel"))
        boards.require_unmoved(tx, campaign)
        tx.emit(SettleCampaign(campaign_id=campaign.id, play=campaign.play))


def settle(campaign_id: str) -> Campaign:
    """Bring stock and boards to what the campaign's status says. Idempotent; reads again when somebody was quicker.

    :raises OutOfStock: its stock can not be set aside: it was withdrawn.
    """
    for _ in range(TRIES):
        campaign = campaign_of(campaign_id, consistent=True)
        try:
            if campaign.phase is Phase.LIVE:
                _put_up(campaign)
            elif campaign.phase is not Phase.DRAFT:
                _clear(campaign)
            return campaign
        except (BoardMoved, CampaignEdited):
            continue
    raise TooBusy()


def _put_up(campaign: Campaign) -> None:
    try:
        stocks.set_aside(campaign)
    except OutOfStock:
        log.warning("campaign withdrawn: stock is short", extra={"campaign_id": campaign.id})
        begun = campaign.status is CampaignStatus.RUNNING
        _close(campaign, CampaignStatus.STOPPED if begun else CampaignStatus.DRAFT)
        settle(campaign.id)
        raise
    boards.post(campaign, dict(boards.postings(campaign, boards.sold_out_of(campaign))))


def _clear(campaign: Campaign) -> None:
    """Boards first: what nobody sees any more is not sold. Then the stock; at last the mark that all is done."""
    boards.post(campaign, dict.fromkeys(play_of(campaign.play).places(campaign)))
    try:
        stocks.give_back(campaign)
    except OutOfStock:
        raise BoardMoved() from None  # an order that was under way took a piece: count again
    if campaign.phase is Phase.CLOSING:
        done = Phase.DRAFT if campaign.status is CampaignStatus.DRAFT else Phase.OVER
        with Transaction() as tx:
            tx.update(
                Campaign(shop=MALL, id=campaign.id),
                [Campaign.phase.set(done)],
                only_if=(Campaign.version == campaign.version) & (Campaign.phase == Phase.CLOSING),
                otherwise=CampaignEdited(version=campaign.version),
            )
            boards.unhalt(tx, campaign.id)


def _close(campaign: Campaign, status: CampaignStatus) -> None:
    with Transaction() as tx:
        over = [] if status is CampaignStatus.DRAFT else [Campaign.over_at.set(clock.now())]
        _move(tx, campaign, status, Phase.CLOSING, *over)
        boards.halt(tx, campaign.id)
        tx.emit(CampaignClosed(campaign_id=campaign.id, play=campaign.play, status=status))


def _move(tx: Transaction, campaign: Campaign, to: CampaignStatus, phase: Phase, *actions: Action) -> None:
    """:raises CampaignEdited: (at commit) it is no longer the campaign as read."""
    # Opening changes nothing that was promised, so the round of its stock stays the same.
    version = campaign.version + (to is not CampaignStatus.RUNNING)
    states.move(
        tx,
        Campaign(shop=MALL, id=campaign.id),
        Campaign.status,
        STEPS,
        to,
        Campaign.phase.set(phase),
        Campaign.version.set(version),
        *actions,
        also=Campaign.version == campaign.version,
        otherwise=CampaignEdited(version=campaign.version),
    )


def _at(tx: Transaction, event: CampaignEvent, at: datetime, now: datetime) -> None:
    """A deadline; one that is due already is sent at once."""
    tx.emit(event, at=at if at > now else None)
