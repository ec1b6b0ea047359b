"""Statements, and changes by staff."""

from __future__ import annotations

from chalicelib.core import ids, money, pages
from chalicelib.core.errors import DomainError, Invalid, NotFound
from chalicelib.core.ledgers import insistently
from chalicelib.core.once import Once
from chalicelib.core.schemas import Page
from chalicelib.loyalty.wallet import service
from chalicelib.loyalty.wallet.errors import PrincipalLeft, TopUpOpen
from chalicelib.loyalty.wallet.models import GIFT, LEDGER, PRINCIPAL, Allowance, WalletEntry
from chalicelib.loyalty.wallet.statements.schemas import AdjustWallet, EntryView, WalletView
from chalicelib.mall.identity.members import service as members

EXPORTED = 200


def balance(member_id: str) -> WalletView:
    """The member's wallet now; also where it is switched off, for the money is theirs."""
    account = service.open_account(member_id)
    return WalletView(
        enabled=service.enabled(),
        balance=account.balance,
        principal=account.buckets.get(PRINCIPAL, 0),
        gift=account.buckets.get(GIFT, 0),
    )


def entries(member_id: str, limit: int, cursor: str | None) -> Page[EntryView]:
    """The statement, newest first."""
    found, rest = pages.query(WalletEntry.by_sequence, member_id, limit=limit, cursor=cursor)
    return Page[EntryView](items=[EntryView.of(each) for each in found], cursor=rest)


def export(member_id: str) -> list[dict[str, object]]:
    """The newest entries, for the copy of the member's personal data. Registered with identity."""
    newest = WalletEntry.by_sequence.query(member_id, scan_index_forward=False, limit=EXPORTED)
    return [EntryView.of(each).model_dump(mode="json") for each in newest]


def stands_against_closing(member_id: str) -> DomainError | None:
    """Money that the member paid, or is paying, must not vanish with the account. Gift money may. Registered."""
    allowance = Allowance.find(member_id, consistent=True)
    if allowance is not None and allowance.open_amount:
        return TopUpOpen()
    principal = service.open_account(member_id).buckets.get(PRINCIPAL, 0)
    return PrincipalLeft(yuan=money.yuan(principal)) if principal else None


def adjust(member_id: str, asked: AdjustWallet, key: str) -> WalletView:
    """Staff give or take stored value (pay principal out, make a mistake good), with a reason, once for each *key*.

    :raises Invalid: nothing to change. :raises BalanceTooLow: there is less. :raises BalanceTooHigh:
    :raises NotFound: no such member.
    """
    if asked.amount == 0:
        raise Invalid(errors=[{"field": "amount", "issue": "not zero"}])
    once = Once(member_id, "adjust_wallet", key, asked)
    insistently(lambda: once.carry_out(lambda: _adjust(member_id, asked, once)))
    return balance(member_id)


def _adjust(member_id: str, asked: AdjustWallet, once: Once) -> str:
    account, cause = service.open_account(member_id), ids.new("adj")
    with once.writing(cause) as tx:
        if asked.amount > 0:  # what is left to a closed member can be paid out
            members.require_active(tx, member_id, refusal=NotFound())
        LEDGER.post(tx, account, "adjusted", cause, {asked.bucket: asked.amount}, note=asked.reason)
    return cause
