"""Levels and growth for tests."""

from __future__ import annotations

from typing import Any

from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.membership.growth import service as growth
from chalicelib.loyalty.membership.levels import service as levels
from chalicelib.loyalty.membership.models import (
    LEDGER,
    MALL,
    GrowthEntry,
    GrowthRulesRow,
    LadderRow,
    Membership,
)
from chalicelib.loyalty.membership.schemas import GrowthRules, Ladder
from chalicelib.mall.identity.members.models import Member

STEPS = [("basic", 0), ("silver", 500), ("gold", 1000), ("platinum", 3000)]


def ladder_of(*steps: tuple[str, int], keep: dict[str, int] | None = None, **more: Any) -> Ladder:
    """Levels by id and growth; *keep*: what keeps them; *more*: of the ladder, or benefits by level id."""
    benefits = more.pop("benefits", {})
    made = [
        {
            "id": name,
            "name": name.title(),
            "growth": growth,
            "keep_growth": (keep or {}).get(name),
            "benefits": benefits.get(name, {}),
        }
        for name, growth in steps or STEPS
    ]
    return Ladder.model_validate({"levels": made, **more})


def ladder(*steps: tuple[str, int], **more: Any) -> Ladder:
    """Stored, as if staff had written it long ago."""
    made = ladder_of(*steps, **more)
    LadderRow(shop=MALL, ladder=made, version=1).save()
    return made


def rules(**more: Any) -> None:
    GrowthRulesRow(shop=MALL, rules=GrowthRules(**more), version=1).save()


def give(member_id: str, amount: int, cause: str = "gift") -> None:
    """Growth for nothing, through the public face."""
    with Transaction() as tx:
        growth.earn(tx, member_id, amount, "given", cause)


def take(member_id: str, amount: int, cause: str = "fine") -> None:
    """Growth taken back, as a refund takes it."""
    with Transaction() as tx:
        growth.post(tx, levels.load(member_id), "taken_back", cause, -amount, overdraw=True)


def level(member_id: str) -> str:
    """The level as stored."""
    found = levels.load(member_id)
    return levels.level_of(found.row, found.ladder)


def row(member_id: str) -> Membership:
    stored = Membership.find(member_id, consistent=True)
    assert stored is not None
    return stored


def held(member_id: str) -> list[str]:
    return [each.level for each in row(member_id).held]


def balance(member_id: str) -> int:
    account: int = LEDGER.open(member_id).balance
    return account


def posted(member_id: str, kind: str, cause: str) -> int:
    entry = LEDGER.posted(member_id, kind, cause)
    return entry.amount if entry is not None else 0


def board(member_id: str) -> dict[str, Any]:
    member = Member.find(member_id, consistent=True)
    assert member is not None
    return dict(member.notices)


def require_sound(member_id: str) -> None:
    """The value is the sum of the statement; the levels held ascend; the noticeboard tells the level."""
    found = levels.load(member_id)
    entries = sorted(GrowthEntry.query(member_id, consistent_read=True), key=lambda each: each.sequence)
    assert [each.sequence for each in entries] == [f"{n:012d}" for n in range(1, len(entries) + 1)]
    assert found.account.balance == sum(each.amount for each in entries)
    places = [found.ladder.position(each.level) for each in found.standing.held]
    assert places == sorted(set(places))
    if found.row is not None:
        assert found.row.level == found.standing.top.level == board(member_id).get("level")
