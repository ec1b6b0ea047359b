"""What earns chances, and what becomes of goods that were won.

Each event counts once: the inbox sees to the event, the row of the chance to its cause.
"""

from __future__ import annotations

from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.events import CampaignOrderCanceled
from chalicelib.growth.campaigns.lucky_draw.chances import service
from chalicelib.growth.campaigns.lucky_draw.events import DrawWon, LapseGoods
from chalicelib.growth.campaigns.lucky_draw.goods import service as goods
from chalicelib.growth.campaigns.lucky_draw.models import ID_PREFIX, WonGoods
from chalicelib.growth.campaigns.lucky_draw.notices import service as notices
from chalicelib.growth.campaigns.lucky_draw.schemas import Source
from chalicelib.growth.campaigns.lucky_draw.service import NAME
from chalicelib.loyalty.tasks.check_in.events import CheckedIn
from chalicelib.mall.identity.members.events import MemberClosed
from chalicelib.mall.links.models import Link
from chalicelib.mall.links.visits.events import LinkVisited
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.events import OrderCompleted, OrderPaid


@subscribe(OrderPaid, queue="reactions")
def draw_for_order(event: OrderPaid, tx: Transaction) -> None:
    """A paid order brings a chance, and so does one in a campaign of the plays that the draw names. One reaction for
    both: every order of the mall pays for it, and both may write one account."""
    service.earn_by_payment(tx, orders.load(event.member_id, event.order_id))


@subscribe(OrderCompleted, queue="reactions")
def draw_for_completed_order(event: OrderCompleted, tx: Transaction) -> None:
    """Where a draw waits for the goods to be kept."""
    service.earn_by_completion(tx, orders.load(event.member_id, event.order_id))


@subscribe(CheckedIn, queue="reactions")
def draw_for_check_in(event: CheckedIn, tx: Transaction) -> None:
    """A day counts, if it was checked in on; a mended one was bought."""
    if not event.made_up:
        service.earn(tx, event.member_id, event.day, service.open_ways(event.at, Source.CHECK_IN))


@subscribe(LinkVisited, queue="reactions")
def draw_for_share(event: LinkVisited, tx: Transaction) -> None:
    """A member came by somebody's link of the draw: a chance for who shared it, once for each who came."""
    link = Link.find(event.code) if event.member_id else None
    if link is None or event.member_id is None or link.member_id in (None, event.member_id):
        return
    ways = [each for each in service.open_ways(event.at, Source.SHARE) if each.campaign_id == link.campaign_id]
    service.earn(tx, link.member_id, event.member_id, ways)


@subscribe(DrawWon, queue="notifications")
def tell_won(event: DrawWon, tx: Transaction) -> None:
    """The winner is told, and until when goods wait."""
    notices.tell_won(tx, event.member_id, event.draw_id)


@subscribe(LapseGoods, queue="reactions")
def lapse_goods(event: LapseGoods, tx: Transaction) -> None:
    """Not ordered in time. A deadline that was moved finds that they wait still."""
    won = WonGoods.find(event.member_id, event.draw_id, consistent=True)
    if won is not None:
        goods.lapse(tx, won)


@subscribe(CampaignOrderCanceled, queue="reactions")
def reopen_goods(event: CampaignOrderCanceled, tx: Transaction) -> None:
    """The piece waits again for whom it was drawn."""
    if event.play != NAME:
        return
    order = orders.load(event.member_id, event.order_id)
    owners = {line.stock_owner for line in order.lines if line.stock_owner.startswith(f"{ID_PREFIX}_")}
    for owner in sorted(owners):
        won = WonGoods.find(event.member_id, owner, consistent=True)
        if won is not None and won.order_id == event.order_id:
            goods.reopen(tx, won)


@subscribe(MemberClosed, queue="reactions")
def return_goods(event: MemberClosed, tx: Transaction) -> None:
    """What waits for a closed account goes back."""
    goods.forget(event.member_id)


@subscribe(MemberClosed, queue="reactions")
def forget_chances(event: MemberClosed, tx: Transaction) -> None:
    """A closed account has no chances. Its draws stay: the audit must add up."""
    service.forget(event.member_id)
