"""What a member is about to lose is told in time, once for each period and card."""

from __future__ import annotations

from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.growth.notifications.memberships import service
from chalicelib.growth.notifications.service import tell
from chalicelib.loyalty.membership.events import CardEnding, LevelEnding


@subscribe(LevelEnding, queue="notifications")
def tell_level_ending(event: LevelEnding, tx: Transaction) -> None:
    """The level falls soon, and how much growth would keep it."""
    period = service.period_of(event.level, event.ends_at)
    said = service.of_level(event.member_id)
    if said is not None and not service.level_kept(event.member_id, period):
        tell(tx, service.LEVEL_ENDING, member_id=event.member_id, group=period, values=said, links={})


@subscribe(CardEnding, queue="notifications")
def tell_card_ending(event: CardEnding, tx: Transaction) -> None:
    """A card ends soon; who has renewed it is left in peace."""
    said = service.of_card(event.member_id, event.card_id)
    if said is not None:
        tell(tx, service.CARD_ENDING, member_id=event.member_id, group=event.card_id, values=said, links={})
