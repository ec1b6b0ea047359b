"""What a card brings and takes along, and what time does to it."""

from __future__ import annotations

from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.coupons import service as coupons
from chalicelib.loyalty.membership import service as membership
from chalicelib.loyalty.membership.cards import service
from chalicelib.loyalty.membership.events import CardBegun, CardRefused, CardStopped, CardTurns, CheckCardEnd
from chalicelib.loyalty.points import service as points
from chalicelib.mall.identity.members.events import MemberClosed
from chalicelib.trade.payments.purchases.service import share


@subscribe(CardBegun, queue="reactions")
def announce_card(event: CardBegun, tx: Transaction) -> None:
    """The level that counts may be another one now."""
    membership.announce(tx, event.member_id)


@subscribe(CardBegun, queue="reactions")
def give_card_points(event: CardBegun, tx: Transaction) -> None:
    """The points that come with it."""
    card = service.load(event.member_id, event.card_id)
    points.earn(tx, card.member_id, "card", card.id, card.points, note=card.title)


@subscribe(CardBegun, queue="reactions")
def give_card_coupon(event: CardBegun, tx: Transaction) -> None:
    """The coupon that comes with it, unless the card was stopped before."""
    card = service.load(event.member_id, event.card_id)
    if card.template_id is not None and card.ended_at is None:
        service.require_running(tx, card)
        coupons.grant_bought(tx, card.template_id, card.member_id, cause=card.id)


@subscribe(CardTurns, queue="reactions")
def turn_card(event: CardTurns, tx: Transaction) -> None:
    """A card begins or ends: another level may count."""
    membership.announce(tx, event.member_id)


@subscribe(CheckCardEnd, queue="reactions")
def remind_of_card(event: CheckCardEnd, tx: Transaction) -> None:
    """Announce that it ends, unless it was renewed or stopped."""
    service.remind(tx, event.member_id, event.card_id)


@subscribe(CardRefused, queue="payments")
def refund_refused_card(event: CardRefused, tx: Transaction) -> None:
    """Nobody can have it: the money goes back."""
    service.refuse(tx, event.purchase_id)


@subscribe(CardStopped, queue="reactions")
def announce_stopped_card(event: CardStopped, tx: Transaction) -> None:
    """The level that counts may be another one now."""
    membership.announce(tx, event.member_id)


@subscribe(CardStopped, queue="reactions")
def take_card_points_back(event: CardStopped, tx: Transaction) -> None:
    """The points go as the money goes, also if they were spent."""
    card = service.load(event.member_id, event.card_id)
    if event.refunded_amount:
        lost = share(card.points, card.amount, 0, event.refunded_amount)
        points.take_back(tx, card.member_id, card.id, lost)


@subscribe(CardStopped, queue="reactions")
def take_card_coupon_back(event: CardStopped, tx: Transaction) -> None:
    """The coupon ends with the card's money, if it was not used."""
    card = service.load(event.member_id, event.card_id)
    if event.refunded_amount and card.template_id is not None:
        coupons.take_back(tx, card.member_id, card.template_id, cause=card.id)


@subscribe(MemberClosed, queue="reactions")
def forget_cards(event: MemberClosed, tx: Transaction) -> None:
    """A closed account leaves no card behind."""
    service.forget(event.member_id)
