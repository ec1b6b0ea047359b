"""Staff: read and change a member's points."""

from __future__ import annotations

from chalicelib.core.api import Api, IdempotencyKey
from chalicelib.core.ledgers import AccountMoved, BalanceTooHigh, BalanceTooLow
from chalicelib.core.once import KeyReused
from chalicelib.core.schemas import Page
from chalicelib.loyalty.points.statements import service
from chalicelib.loyalty.points.statements.schemas import AdjustedView, AdjustPoints, BalanceView, EntryView, ListEntries
from chalicelib.mall.identity.members import service as members
from chalicelib.mall.identity.service import Staff

api = Api("points_admin", title="积分 Points (staff)")


@api.get("/admin/members/{member_id}/points", permission="points.read")
def show_points(staff: Staff, member_id: str) -> BalanceView:
    """Show a member's points."""
    members.known(member_id)
    return service.balance(member_id)


@api.get("/admin/members/{member_id}/points-entries", permission="points.read")
def show_entries(staff: Staff, member_id: str, query: ListEntries) -> Page[EntryView]:
    """Show a member's statement."""
    members.known(member_id)
    return service.entries(member_id, query.limit, query.cursor)


@api.post(
    "/admin/members/{member_id}/points",
    permission="points.write",
    raises=[BalanceTooLow, BalanceTooHigh, AccountMoved, KeyReused],
)
def adjust_points(staff: Staff, member_id: str, body: AdjustPoints, key: IdempotencyKey) -> AdjustedView:
    """Give or take points, with a reason that the member reads."""
    return AdjustedView(member_id=member_id, balance=service.adjust(member_id, body, key))
