"""Cards of members: bought, renewed, given, stopped. Algorithm: docs/algorithms/membership.md, "Cards"."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.core import clock, ids
from chalicelib.core.errors import NotFound
from chalicelib.core.ledgers import insistently
from chalicelib.core.once import Once
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.membership.cards.plans import service as plans
from chalicelib.loyalty.membership.cards.schemas import BuyCard, Cards, CardView, GiveCard, StopCard, Terms
from chalicelib.loyalty.membership.cards.spans import service as spans
from chalicelib.loyalty.membership.errors import CardEnded, CardNotFound, CardTooLong, NoLogin, RefundAboveCard
from chalicelib.loyalty.membership.events import (
    CardBegun,
    CardEnding,
    CardRefused,
    CardStopped,
    CardTurns,
    CheckCardEnd,
)
from chalicelib.loyalty.membership.levels import service as levels
from chalicelib.loyalty.membership.levels.service import Loaded
from chalicelib.loyalty.membership.models import Card, CardPlan, Span
from chalicelib.mall.identity.members import service as members
from chalicelib.mall.identity.members.models import Member, MemberStatus
from chalicelib.trade.payments.purchases import service as purchases
from chalicelib.trade.payments.purchases.models import DirectPurchase
from chalicelib.trade.payments.purchases.schemas import PurchaseView

KIND = "crd"
"""Of every number of a card that is sold."""
GIVEN = "crg"
LONGEST_DAYS = 1100
"""So far into the future cards may reach."""
SHOWN = 100
REMINDER = timedelta(days=3)
REASON = "会员卡退款"


def buy(member_id: str, openid: str, asked: BuyCard, key: str) -> PurchaseView:
    """Begin to pay for a card, or go on with it: once for each *key*. One of the same level lengthens what there is.

    :raises CardPlanNotFound: it is not sold. :raises CardTooLong: renew later.
    :raises PartnerError: the channel did not answer; the same key goes on.
    """
    once = Once(member_id, "buy_card", key, asked)
    return purchases.start(member_id, once, lambda: _new(member_id, openid, plans.offered(asked.plan_id)))


def sync(member_id: str, card_id: str) -> PurchaseView:
    """The purchase after the channel was asked about it. :raises PurchaseNotFound: :raises PartnerError:"""
    return PurchaseView.of(purchases.sync(purchases.own(member_id, KIND, card_id)))


def cards_of(member_id: str) -> Cards:
    """The member's cards, newest first, with the times that count now."""
    row, now = levels.load(member_id).row, clock.now()
    times = {each.id: each for each in spans.live(row.cards if row is not None else [], now)}
    newest = Card.query(member_id, scan_index_forward=False, limit=SHOWN, consistent_read=True)
    items = [CardView.of(each, times.get(each.id)) for each in newest]
    return Cards(items=sorted(items, key=lambda each: each.made_at, reverse=True))


def export(member_id: str) -> list[dict[str, object]]:
    """For the copy of the member's personal data. Registered with identity."""
    return [each.model_dump(mode="json") for each in cards_of(member_id).items]


class CardPurchases:
    """A ``PurchaseKind``: holds nothing while it is open, gives the level's time when it is paid."""

    title = "会员卡"

    def begun(self, tx: Transaction, purchase: DirectPurchase) -> None:
        terms = Terms.model_validate(purchase.terms)
        _require_room(levels.load(purchase.member_id), terms.level, terms.days)

    def paid(self, tx: Transaction, purchase: DirectPurchase) -> None:
        member = Member.find(purchase.member_id, consistent=True)
        if member is None or member.status is not MemberStatus.ACTIVE:
            tx.emit(CardRefused(purchase_id=purchase.id))
            return
        members.require_active(tx, member.id)
        terms = Terms.model_validate(purchase.terms)
        promised = terms.model_dump(include={"level", "title", "days", "plan_id", "template_id", "points"})
        _begin(tx, levels.load(member.id), Card(id=purchase.id, amount=purchase.amount, **promised))

    def lapsed(self, tx: Transaction, purchase: DirectPurchase) -> None:
        """It held nothing."""


def give(member_id: str, asked: GiveCard, key: str) -> Cards:
    """Staff give a level for some days, once for each *key*.

    :raises LevelUnknown, CardTooLong: :raises NoLogin: a shell. :raises NotFound: no such member.
    """
    plans.require_level(asked.level)
    once = Once(member_id, "give_card", key, asked)
    insistently(lambda: once.carry_out(lambda: _give(member_id, asked, once)))
    return cards_of(member_id)


def stop(member_id: str, card_id: str, asked: StopCard) -> Cards:
    """Staff end a card now; money of a bought one goes back, and with it, by share, what came with the card.

    :raises CardNotFound: :raises CardEnded: it is over, or was stopped. :raises RefundAboveCard: more than was paid.
    """
    insistently(lambda: _stop(member_id, card_id, asked))
    return cards_of(member_id)


def refuse(tx: Transaction, purchase_id: str) -> None:
    """Paid by who has no account any more: all of it goes back."""
    purchase = purchases.load(purchase_id)
    if purchase.refunded_amount < purchase.amount:
        purchases.refund(tx, purchase, purchase.amount - purchase.refunded_amount, reason=REASON)


def remind(tx: Transaction, member_id: str, card_id: str) -> None:
    """Announce that the card ends soon, if it still does and no other of its level follows."""
    mine = ending(member_id, card_id)
    if mine is not None:
        tx.emit(CardEnding(member_id=member_id, card_id=card_id, level=mine.level, ends_at=mine.ends_at))


def ending(member_id: str, card_id: str) -> Span | None:
    """The card's time, if nothing of its level follows; None: it goes on, is over, or was stopped."""
    row = levels.load(member_id).row
    times = spans.live(row.cards if row is not None else [], clock.now())
    mine = next((each for each in times if each.id == card_id), None)
    goes_on = mine is not None and any(each.level == mine.level and each.starts_at >= mine.ends_at for each in times)
    return None if goes_on else mine


def forget(member_id: str) -> None:
    """The account was closed: the list goes. That twice does no harm."""
    Card.delete_under(member_id)


def load(member_id: str, card_id: str) -> Card:
    """The member's card, consistent. :raises CardNotFound:"""
    card = Card.find(member_id, card_id, consistent=True)
    if card is None:
        raise CardNotFound()
    return card


def require_running(tx: Transaction, card: Card) -> None:
    """*tx* is made only while nobody stopped *card*. :raises CardEnded: (at commit)"""
    unstopped = Card.ended_at.does_not_exist()
    tx.check(Card(member_id=card.member_id, id=card.id), only_if=unstopped, otherwise=CardEnded())


def _new(member_id: str, openid: str, plan: CardPlan) -> DirectPurchase:
    terms = Terms(
        plan_id=plan.id,
        title=plan.title,
        level=plan.level,
        days=plan.days,
        template_id=plan.template_id,
        points=plan.points,
    )
    title = f"会员卡 {plan.title}"
    return purchases.new(KIND, member_id, openid, amount=plan.amount, description=title, terms=terms.model_dump())


def _require_room(found: Loaded, level: str, days: int) -> None:
    now = clock.now()
    after = spans.added(found.row.cards if found.row is not None else [], "new", level, days, now)
    if after[-1].ends_at > now + timedelta(days=LONGEST_DAYS + 1):
        raise CardTooLong(days=LONGEST_DAYS)


def _begin(tx: Transaction, found: Loaded, card: Card) -> None:
    """The card's time is the member's, and the card is on the list. The level of a card that is gone counts as none."""
    now, member_id = clock.now(), found.account.member_id
    after = spans.added(found.row.cards if found.row is not None else [], card.id, card.level, card.days, now)
    span = after[-1]
    card.member_id, card.made_at = member_id, now
    tx.put(card)
    levels.hold_cards(tx, found, after)
    tx.emit(CardBegun(member_id=member_id, card_id=card.id))
    for moment in {span.starts_at, span.ends_at}:
        if moment > now:
            tx.emit(CardTurns(member_id=member_id), at=moment)
    _watch(tx, member_id, [span])


def _watch(tx: Transaction, member_id: str, times: list[Span]) -> None:
    for span in times:
        tx.emit(CheckCardEnd(member_id=member_id, card_id=span.id), at=span.ends_at - REMINDER)


def _give(member_id: str, asked: GiveCard, once: Once) -> str:
    member = Member.find(member_id, consistent=True)
    if member is None or member.status is not MemberStatus.ACTIVE:
        raise NotFound()
    if member.openid is None:
        raise NoLogin()  # one that is merged into another would not bring it along
    found, card_id = levels.load(member_id), ids.new(GIVEN)
    _require_room(found, asked.level, asked.days)
    with once.writing(card_id) as tx:
        members.require_active(tx, member_id, refusal=NotFound())
        _begin(tx, found, Card(id=card_id, level=asked.level, title=asked.reason, days=asked.days, amount=0))
    return card_id


def _stop(member_id: str, card_id: str, asked: StopCard) -> None:
    card, found, now = load(member_id, card_id), levels.load(member_id), clock.now()
    times = found.row.cards if found.row is not None else []
    span = next((each for each in spans.live(times, now) if each.id == card_id), None)
    if span is None or card.ended_at is not None:
        raise CardEnded()
    amount = spans.unused_share(card.amount, span, card.days, now)
    if asked.refund_amount is not None:
        amount = asked.refund_amount
    if amount > card.amount:
        raise RefundAboveCard(paid_amount=card.amount)
    after = spans.removed(times, card_id, now)
    with Transaction() as tx:
        ended = [Card.ended_at.set(now), Card.refunded_amount.set(amount)]
        tx.update(
            Card(member_id=member_id, id=card_id),
            ended,
            only_if=Card.ended_at.does_not_exist(),
            otherwise=CardEnded(),
        )
        levels.hold_cards(tx, found, after)
        if amount:
            purchases.refund(tx, purchases.load(card_id), amount, reason=REASON)
        tx.emit(CardStopped(member_id=member_id, card_id=card_id, refunded_amount=amount))
        moved = [each for each in after if each not in times]
        for each in moved:
            tx.emit(CardTurns(member_id=member_id), at=each.ends_at)
        _watch(tx, member_id, moved)
