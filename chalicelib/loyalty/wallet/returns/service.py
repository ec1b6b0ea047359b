"""Principal goes back the way it came, the newest top-up first. Algorithm: docs/algorithms/wallet.md."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from chalicelib.core import clock, ids
from chalicelib.core.ledgers import insistently
from chalicelib.core.once import Once
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.wallet import service
from chalicelib.loyalty.wallet.errors import ReturnChanged
from chalicelib.loyalty.wallet.events import PrincipalReturned
from chalicelib.loyalty.wallet.models import GIFT, LEDGER, PRINCIPAL, Wallet, WalletEntry
from chalicelib.loyalty.wallet.returns.schemas import ReturnOffer, ReturnPrincipal, ReturnView
from chalicelib.loyalty.wallet.top_ups.service import TOPPED_UP
from chalicelib.trade.payments.purchases import service as purchases
from chalicelib.trade.payments.purchases.models import DirectPurchase, PurchaseStatus
from chalicelib.trade.payments.refunds.models import Refund, RefundStatus

RETURNED = "principal_returned"
NOT_ACCEPTED = "principal_back"
LONGEST = timedelta(days=360)
"""The channel gives back what was paid within a year; some days less, for a refund that is tried again."""
MOST = 20
"""Top-ups at once: each costs four writes of a transaction's hundred."""
LOOKED_AT = 90
REASON = "储值本金退还"


class Piece(NamedTuple):
    """So much of a top-up."""

    top_up: DirectPurchase
    amount: int


def offer(member_id: str) -> ReturnOffer:
    """What would go back if the member asked for it now; also where stored value is switched off."""
    account, pieces = _plan(member_id)
    return _offer(account, pieces)


def give_back(member_id: str, asked: ReturnPrincipal, key: str) -> ReturnView:
    """All principal that the channel can give back is on its way, and gift money ends. Once for each *key*.

    :raises ReturnChanged: it is not what the member was shown.
    """
    once = Once(member_id, "return_principal", key, asked)
    return _view(member_id, insistently(lambda: once.carry_out(lambda: _give_back(member_id, asked, once))))


def restore(tx: Transaction, refund: Refund) -> None:
    """The channel ended a refund of principal without money: it is in the wallet again, for staff to pay out."""
    if refund.status is RefundStatus.CLOSED:
        service.credit(tx, refund.member_id, NOT_ACCEPTED, refund.id, refund.amount, 0)


def _give_back(member_id: str, asked: ReturnPrincipal, once: Once) -> str:
    account, pieces = _plan(member_id)
    shown = _offer(account, pieces)
    if (shown.returnable_amount, shown.gift_amount) != (asked.returnable_amount, asked.gift_amount):
        raise ReturnChanged()
    return_id = ids.new("wrt")
    with once.writing(return_id) as tx:
        changes = {PRINCIPAL: -shown.returnable_amount, GIFT: -shown.gift_amount}
        LEDGER.post(tx, account, RETURNED, return_id, changes)
        for piece in pieces:
            _send(tx, piece)
    return return_id


def _send(tx: Transaction, piece: Piece) -> None:
    top_up = piece.top_up
    purchases.refund(tx, top_up, piece.amount, reason=REASON)
    named = {"member_id": top_up.member_id, "top_up_id": top_up.id}
    tx.emit(PrincipalReturned(**named, before_amount=top_up.refunded_amount, amount=piece.amount))


def _plan(member_id: str) -> tuple[Wallet, list[Piece]]:
    """What would go back: the account first, so that a top-up credited meanwhile refuses the commit."""
    account, pieces = service.open_account(member_id), list[Piece]()
    left = account.buckets.get(PRINCIPAL, 0)
    for top_up in _returnable(member_id) if left else []:
        amount = min(left, top_up.amount - top_up.refunded_amount)
        if amount:
            pieces.append(Piece(top_up, amount))
            left -= amount
        if not left or len(pieces) == MOST:
            break
    return account, pieces


def _returnable(member_id: str) -> list[DirectPurchase]:
    """The member's paid top-ups that the channel can give back, newest first."""
    begins = WalletEntry.id.startswith(f"{TOPPED_UP}#")
    newest = WalletEntry.query(member_id, begins, scan_index_forward=False, limit=LOOKED_AT, consistent_read=True)
    found = batch_get({DirectPurchase: [each.cause for each in newest]}, consistent=True)[DirectPurchase]
    oldest = clock.now() - LONGEST
    paid: list[DirectPurchase] = [each for each in found.values() if each.status is PurchaseStatus.SUCCEEDED]
    return sorted((each for each in paid if each.created_at > oldest), key=lambda each: each.id, reverse=True)


def _offer(account: Wallet, pieces: list[Piece]) -> ReturnOffer:
    returnable = sum(piece.amount for piece in pieces)
    return ReturnOffer(
        returnable_amount=returnable,
        kept_amount=account.buckets.get(PRINCIPAL, 0) - returnable,
        gift_amount=account.buckets.get(GIFT, 0) if returnable else 0,
    )


def _view(member_id: str, return_id: str) -> ReturnView:
    entry = LEDGER.posted(member_id, RETURNED, return_id)
    assert entry is not None  # written with the guard that names it
    return ReturnView(
        id=return_id,
        returned_amount=-entry.buckets.get(PRINCIPAL, 0),
        gift_amount=-entry.buckets.get(GIFT, 0),
    )
