"""Staff: read and change a member's stored value."""

from __future__ import annotations

from chalicelib.core.api import Api, IdempotencyKey
from chalicelib.core.ledgers import AccountMoved, BalanceTooHigh, BalanceTooLow
from chalicelib.core.once import KeyReused
from chalicelib.core.schemas import Page
from chalicelib.loyalty.wallet.statements import service
from chalicelib.loyalty.wallet.statements.schemas import AdjustWallet, EntryView, ListEntries, WalletView
from chalicelib.mall.identity.members import service as members
from chalicelib.mall.identity.service import Staff

api = Api("wallet_admin", title="储值 Wallet (staff)")


@api.get("/admin/members/{member_id}/wallet", permission="wallet.read")
def show_wallet(staff: Staff, member_id: str) -> WalletView:
    """Show a member's stored value."""
    members.known(member_id)
    return service.balance(member_id)


@api.get("/admin/members/{member_id}/wallet-entries", permission="wallet.read")
def show_wallet_entries(staff: Staff, member_id: str, query: ListEntries) -> Page[EntryView]:
    """Show a member's statement."""
    members.known(member_id)
    return service.entries(member_id, query.limit, query.cursor)


@api.post(
    "/admin/members/{member_id}/wallet",
    permission="wallet.write",
    raises=[BalanceTooLow, BalanceTooHigh, AccountMoved, KeyReused],
)
def adjust_wallet(staff: Staff, member_id: str, body: AdjustWallet, key: IdempotencyKey) -> WalletView:
    """Give or take stored value, with a reason that the member reads; also how principal is paid out."""
    return service.adjust(member_id, body, key)
