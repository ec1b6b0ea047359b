"""What was paid before there was an order, as an account: all that it does is give back."""

from __future__ import annotations

from chalicelib.core.ledgers import AccountMoved
from chalicelib.core.transaction import Transaction
from chalicelib.trade.payments.confirming import service as confirming
from chalicelib.trade.payments.errors import TenderUnavailable
from chalicelib.trade.payments.models import ADVANCE
from chalicelib.trade.payments.purchases import service as purchases

REASON = "订单退款"


class Advances:
    """An ``AccountTender`` that nobody can ask for: the order itself says what was paid in advance
    (:class:`~chalicelib.trade.pricing.schemas.Advance`), and holds it from its first moment to its last."""

    name = ADVANCE

    def available(self, member_id: str) -> int:
        return 0

    def hold(self, tx: Transaction, member_id: str, amount: int, cause: str) -> None:
        raise TenderUnavailable()

    def release(self, tx: Transaction, member_id: str, amount: int, cause: str) -> None:
        """Nothing was held by a payment."""

    def refund(self, tx: Transaction, member_id: str, payment_id: str, amount: int, cause: str) -> None:
        """By the channel that took it, as a refund of the purchase."""
        payment = confirming.load(payment_id)
        bought = next(part.purchase_id for part in payment.parts if part.tender == ADVANCE)
        purchase = purchases.load(bought)
        if amount > purchase.amount - purchase.refunded_amount:
            raise AccountMoved()  # the payment was read before another refund of it was made
        purchases.refund(tx, purchase, amount, reason=REASON)
