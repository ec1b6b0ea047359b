"""Staff: who checks in, and cards for those who complain."""

from __future__ import annotations

from chalicelib.core.api import Api, IdempotencyKey
from chalicelib.core.once import KeyReused
from chalicelib.loyalty.tasks.check_in.desk import service
from chalicelib.loyalty.tasks.check_in.desk.schemas import DayCounts, GiveCards, ListDays, MemberCheckInView
from chalicelib.loyalty.tasks.check_in.schemas import CardsView
from chalicelib.mall.identity.service import Staff

api = Api("check_in_desk", title="签到 Check-in (staff)")


@api.get("/admin/check-in-days", permission="tasks.read")
def count_check_ins(staff: Staff, query: ListDays) -> DayCounts:
    """Count who checked in, by day."""
    return service.days(query)


@api.get("/admin/members/{member_id}/check-in", permission="tasks.read")
def show_member_check_in(staff: Staff, member_id: str) -> MemberCheckInView:
    """Show a member's check-in."""
    return service.show(member_id)


@api.post("/admin/members/{member_id}/check-in-cards", permission="tasks.write", raises=[KeyReused])
def give_check_in_cards(staff: Staff, member_id: str, body: GiveCards, key: IdempotencyKey) -> CardsView:
    """Give make-up cards, with a reason that stays in the operation log."""
    return CardsView(cards=service.give_cards(member_id, body, key))
