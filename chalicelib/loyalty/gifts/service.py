"""Giving a gift, once for each cause. Promise and algorithm: docs/algorithms/gifts.md."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.core import clock
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.gifts.errors import GiftGiven
from chalicelib.loyalty.gifts.events import GiveUpgradeGift
from chalicelib.loyalty.gifts.models import MALL, GiftRulesRow, MemberGift
from chalicelib.loyalty.gifts.schemas import TITLES, GiftKind, GiftRules
from chalicelib.loyalty.membership.levels import service as levels
from chalicelib.loyalty.rewards import service as rewards
from chalicelib.mall.identity.members import service as members


def rules() -> GiftRules:
    """The rules now; nothing is given while staff set none."""
    return rules_of(GiftRulesRow.find(MALL))


def rules_of(stored: GiftRulesRow | None) -> GiftRules:
    """The rules in a row that was read."""
    return stored.rules if stored is not None else GiftRules()


def give(tx: Transaction, member_id: str, kind: GiftKind, cause: str, *, level: str | None = None) -> MemberGift | None:
    """Add to *tx* what the member's level gets for *cause*; None: nothing, or it was given before.

    :param cause: what it is for: the year, the month, the level. :param level: another than the member's own.
    :raises GiftGiven, AccountMoved, Unauthorized: (at commit) given, moved or closed meanwhile.
    """
    found = levels.load(member_id)
    level = level or levels.level_of(found.row, found.ladder)
    reward, gift_id = rules().reward(kind, level), f"{kind}/{cause}"
    if reward is None or MemberGift.find(member_id, gift_id, consistent=True) is not None:
        return None
    gift = MemberGift(member_id=member_id, id=gift_id, kind=kind, at=clock.now(), level=level, reward=reward)
    tx.put(gift, only_if=MemberGift.id.does_not_exist(), otherwise=GiftGiven())
    members.require_active(tx, member_id)
    rewards.grant(tx, member_id, reward, f"{kind}_gift", cause, TITLES[kind])
    return gift


def plan_upgrade_gifts(tx: Transaction, member_id: str, level: str, before: str) -> None:
    """A member has climbed from *before* to *level*: a gift for every level on the way, when it is sure to stay."""
    by = rules()
    if not by.upgrade:
        return
    ladder, due = levels.load(member_id).ladder, clock.now() + timedelta(days=by.upgrade_delay_days)
    for passed in ladder.levels[max(ladder.position(before), 0) + 1 : ladder.position(level) + 1]:
        if by.reward(GiftKind.UPGRADE, passed.id) is not None:
            tx.emit(GiveUpgradeGift(member_id=member_id, level=passed.id), at=due)


def give_upgrade_gift(tx: Transaction, member_id: str, level: str) -> None:
    """The gift of a level, if growth still holds it or a higher one."""
    found = levels.load(member_id)
    grown = found.ladder.position(found.standing.top.level)
    if 0 < found.ladder.position(level) <= grown:
        give(tx, member_id, GiftKind.UPGRADE, level, level=level)


def forget(member_id: str) -> None:
    """The account was closed. That twice does no harm."""
    MemberGift.delete_under(member_id)
