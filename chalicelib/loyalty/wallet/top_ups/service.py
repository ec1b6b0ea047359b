"""Topping up: a purchase of stored value. Algorithm: docs/algorithms/wallet.md."""

from __future__ import annotations

from chalicelib.core import clock
from chalicelib.core.once import Once
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.wallet import service
from chalicelib.loyalty.wallet.allowances import service as allowances
from chalicelib.loyalty.wallet.events import ToppedUp
from chalicelib.loyalty.wallet.plans import service as plans
from chalicelib.loyalty.wallet.top_ups.schemas import StartTopUp, Terms, TopUpView
from chalicelib.trade.payments.purchases import service as purchases
from chalicelib.trade.payments.purchases.models import DirectPurchase, PurchaseStatus

KIND = "top"
"""Of every number: by it the notices of top-ups find their way here."""
TOPPED_UP = "topped_up"


def start(member_id: str, openid: str, asked: StartTopUp, key: str) -> TopUpView:
    """Begin to top up, or go on with it: once for each *key*.

    :raises WalletOff, PlanNotFound, PlanLimitReached: not offered.
    :raises TopUpTooLarge, DailyLimitReached, BalanceLimitReached: too much.
    :raises PartnerError: the channel did not answer; the same key goes on with the same top-up.
    """
    service.require_enabled()
    once = Once(member_id, "top_up", key, asked)
    view = purchases.start(member_id, once, lambda: _new(member_id, openid, asked.plan_id))
    return TopUpView.of(purchases.load(view.id), view.parameters)


def show(member_id: str, top_up_id: str) -> TopUpView:
    """:raises PurchaseNotFound: there is none, or it is another member's."""
    return TopUpView.of(purchases.own(member_id, KIND, top_up_id))


def sync(member_id: str, top_up_id: str) -> TopUpView:
    """The member's top-up after the channel was asked about it. :raises PartnerError: it did not answer."""
    return TopUpView.of(purchases.sync(purchases.own(member_id, KIND, top_up_id)))


class TopUps:
    """What a top-up holds while it is open, and what it gives. A ``PurchaseKind``."""

    title = "储值充值"

    def begun(self, tx: Transaction, purchase: DirectPurchase) -> None:
        terms = terms_of(purchase)
        allowances.take(tx, purchase.member_id, plans.offered(terms.plan_id), clock.today())

    def paid(self, tx: Transaction, purchase: DirectPurchase) -> None:
        terms = terms_of(purchase)
        service.credit(tx, purchase.member_id, TOPPED_UP, purchase.id, purchase.amount, terms.gift_amount)
        if purchase.status is PurchaseStatus.CREATED:
            allowances.paid(tx, purchase.member_id, purchase.amount + terms.gift_amount)
        named = {"member_id": purchase.member_id, "top_up_id": purchase.id}
        tx.emit(ToppedUp(**named, amount=purchase.amount, gift_amount=terms.gift_amount))

    def lapsed(self, tx: Transaction, purchase: DirectPurchase) -> None:
        allowances.give_back(tx, purchase.member_id, purchase.amount, terms_of(purchase))


def terms_of(top_up: DirectPurchase) -> Terms:
    """What was promised with it."""
    return Terms.model_validate(top_up.terms)


def _new(member_id: str, openid: str, plan_id: str) -> DirectPurchase:
    plan = plans.offered(plan_id)
    terms = Terms(
        plan_id=plan.id,
        gift_amount=plan.gift_amount,
        template_id=plan.template_id,
        points=plan.points,
        growth=plan.growth,
        day=clock.today().isoformat(),
    )
    title = f"储值 {plan.title}"
    return purchases.new(KIND, member_id, openid, amount=plan.amount, description=title, terms=terms.model_dump())
