"""Staff: a member's cards."""

from __future__ import annotations

from chalicelib.core.api import Api, IdempotencyKey
from chalicelib.core.ledgers import AccountMoved
from chalicelib.core.once import KeyReused
from chalicelib.loyalty.membership.cards import service
from chalicelib.loyalty.membership.cards.schemas import Cards, GiveCard, StopCard
from chalicelib.loyalty.membership.errors import (
    CardEnded,
    CardNotFound,
    CardTooLong,
    LevelUnknown,
    NoLogin,
    RefundAboveCard,
)
from chalicelib.mall.identity.members import service as members
from chalicelib.mall.identity.service import Staff

api = Api("cards_admin", title="付费会员卡 Cards (staff)")


@api.get("/admin/members/{member_id}/cards", permission="membership.read")
def show_cards(staff: Staff, member_id: str) -> Cards:
    """Show a member's cards."""
    members.known(member_id)
    return service.cards_of(member_id)


@api.post(
    "/admin/members/{member_id}/cards",
    status=201,
    permission="membership.write",
    raises=[LevelUnknown, NoLogin, CardTooLong, AccountMoved, KeyReused],
)
def give_card(staff: Staff, member_id: str, body: GiveCard, key: IdempotencyKey) -> Cards:
    """Give a member a level for some days, with a reason that they read."""
    return service.give(member_id, body, key)


@api.post(
    "/admin/members/{member_id}/cards/{card_id}/stop",
    permission="payments.write",
    raises=[CardNotFound, CardEnded, RefundAboveCard, AccountMoved],
)
def stop_card(staff: Staff, member_id: str, card_id: str, body: StopCard) -> Cards:
    """End a card now. Of a bought one the share of the days that are left goes back, or as much as staff say."""
    return service.stop(member_id, card_id, body)
