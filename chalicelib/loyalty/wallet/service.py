"""The wallet's ledger as everybody uses it. Promise and algorithm: docs/algorithms/wallet.md.

A function that is given ``tx`` reads the account and adds one posting; the caller's transaction is refused with
``AccountMoved`` if the account moved meanwhile, and with ``AlreadyPosted`` if the cause was posted before.
"""

from __future__ import annotations

from collections.abc import Collection

from chalicelib.core import money
from chalicelib.core.ledgers import AccountMoved, BalanceTooLow, Buckets, entry_id
from chalicelib.core.settings import settings
from chalicelib.core.tables import Key, batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.wallet.errors import WalletOff
from chalicelib.loyalty.wallet.models import GIFT, LEDGER, PRINCIPAL, Wallet, WalletEntry

PAID, RETURNED, REFUNDED = "paid", "returned", "refunded"


def enabled() -> bool:
    """Whether the shop offers stored value."""
    return settings().wallet_enabled


def require_enabled() -> None:
    """:raises WalletOff:"""
    if not enabled():
        raise WalletOff()


def open_account(member_id: str) -> Wallet:
    """The member's wallet now."""
    account: Wallet = LEDGER.open(member_id)
    return account


def credit(tx: Transaction, member_id: str, kind: str, cause: str, principal: int, gift: int) -> None:
    """So much comes in, once for each kind and cause."""
    LEDGER.post(tx, open_account(member_id), kind, cause, {PRINCIPAL: principal, GIFT: gift})


def hold(tx: Transaction, member_id: str, amount: int, payment_id: str) -> None:
    """Take *amount* for a payment, in the ratio in which principal and gift stand.

    :raises BalanceTooLow: there is less; at once.
    """
    account = open_account(member_id)
    LEDGER.post(tx, account, PAID, payment_id, _negative(in_ratio(account.buckets, amount)), refunded_amount=0)


def release(tx: Transaction, member_id: str, payment_id: str) -> None:
    """What a payment held is back, in each bucket as much as it gave."""
    held = _negative(_held(member_id, payment_id).buckets)
    LEDGER.post(tx, open_account(member_id), RETURNED, payment_id, held)


def refund(tx: Transaction, member_id: str, payment_id: str, amount: int, cause: str) -> None:
    """*amount* of what a payment took goes back, in the ratio in which it was taken.

    Any sequence of refunds gives each bucket, to the fen, what it gave. Three writes.

    :raises AccountMoved: less of it is left: at once, since the payment was read before another refund of it was made.
    """
    entry = _held(member_id, payment_id)
    before = entry.refunded_amount or 0
    if before + amount > -entry.amount:
        raise AccountMoved()
    tx.update(
        WalletEntry(member_id=member_id, id=entry.id),
        [WalletEntry.refunded_amount.set(before + amount)],
        only_if=WalletEntry.refunded_amount == before,
        otherwise=AccountMoved(),
    )
    LEDGER.post(tx, open_account(member_id), REFUNDED, cause, _going_back(entry, before, before + amount))


def gone_back(refunds: Collection[tuple[str, str]]) -> dict[tuple[str, str], tuple[int, int]]:
    """(member, refund) → the principal and the gift that went back with it. One round trip for a hundred."""
    keys: dict[Key, tuple[str, str]] = {(each[0], entry_id(REFUNDED, each[1])): each for each in refunds}
    found = batch_get({WalletEntry: list(keys)}, consistent=True)[WalletEntry] if keys else {}
    return {keys[key]: (entry.buckets.get(PRINCIPAL, 0), entry.buckets.get(GIFT, 0)) for key, entry in found.items()}


def in_ratio(buckets: Buckets, amount: int) -> Buckets:
    """What *amount* takes of principal and gift: in the ratio in which they stand, principal rounded up.

    :raises BalanceTooLow: there is less.
    """
    gift, principal = buckets.get(GIFT, 0), buckets.get(PRINCIPAL, 0)
    if amount > gift + principal:
        raise BalanceTooLow()
    of_gift, of_principal = money.split(amount, [gift, principal])
    return {PRINCIPAL: of_principal, GIFT: of_gift}


def _going_back(entry: WalletEntry, before: int, after: int) -> Buckets:
    held = [-entry.buckets.get(name, 0) for name in (GIFT, PRINCIPAL)]
    shares = zip(money.split(after, held), money.split(before, held), strict=True)
    gift, principal = (now - then for now, then in shares)
    return {PRINCIPAL: principal, GIFT: gift}


def _held(member_id: str, payment_id: str) -> WalletEntry:
    entry: WalletEntry | None = LEDGER.posted(member_id, PAID, payment_id)
    if entry is None:
        # A payment and what it holds are written together: there is no such payment.
        raise LookupError(f"{payment_id} holds nothing")
    return entry


def _negative(buckets: Buckets) -> Buckets:
    return {name: -change for name, change in buckets.items()}
