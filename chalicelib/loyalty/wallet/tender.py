"""The wallet as an account that pays an order, or a part of it."""

from __future__ import annotations

from collections.abc import Collection

from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.wallet import service
from chalicelib.loyalty.wallet.verifying.service import require_verified
from chalicelib.trade.payments.errors import TenderUnavailable

NAME = "wallet"


class WalletTender:
    """See :class:`~chalicelib.trade.payments.tender.AccountTender` for the promises.

    Switched off, it takes nothing any more, and gives back all the same.
    """

    name = NAME

    def available(self, member_id: str) -> int:
        return service.open_account(member_id).balance if service.enabled() else 0

    def hold(self, tx: Transaction, member_id: str, amount: int, cause: str) -> None:
        if not service.enabled():
            raise TenderUnavailable()
        require_verified(member_id, amount)
        service.hold(tx, member_id, amount, cause)

    def release(self, tx: Transaction, member_id: str, amount: int, cause: str) -> None:
        service.release(tx, member_id, cause)

    def refund(self, tx: Transaction, member_id: str, payment_id: str, amount: int, cause: str) -> None:
        service.refund(tx, member_id, payment_id, amount, cause)


class RefundPurses:
    """What of a refund went back to which part of the wallet; see ``trade/exports/refunds``."""

    columns = ("储值本金退款", "储值赠金退款")

    def split(self, refunds: Collection[tuple[str, str]]) -> dict[tuple[str, str], tuple[int, int]]:
        return service.gone_back(refunds)
