"""The rules of gifts: the document that staff write."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from chalicelib.core.schemas import Schema
from chalicelib.loyalty.membership.schemas import MAX_LEVELS, LevelId
from chalicelib.loyalty.rewards.schemas import Reward

_EXAMPLE: Any = {"birthday": {"gold": {"points": 200}}, "monthly": {"gold": {"points": 20}}}
ByLevel = Annotated[dict[LevelId, Reward], Field(max_length=MAX_LEVELS)]


class GiftKind(StrEnum):
    """What a gift is for."""

    BIRTHDAY = "birthday"
    ANNIVERSARY = "anniversary"
    """Of the registration, from the first year on."""
    UPGRADE = "upgrade"
    MONTHLY = "monthly"


TITLES = {
    GiftKind.BIRTHDAY: "生日礼",
    GiftKind.ANNIVERSARY: "入会周年礼",
    GiftKind.UPGRADE: "升级礼",
    GiftKind.MONTHLY: "每月权益",
}


class GiftRules(Schema):
    """What members get, by their level. A level that is not named gets nothing."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    birthday: ByLevel = {}
    anniversary: ByLevel = {}
    upgrade: ByLevel = {}
    """Once for each level that is reached by growth, for ever; not for the lowest."""
    upgrade_delay_days: Annotated[int, Field(ge=0, le=90)] = 7
    """So long after, if the level is still there: goods that go back bring no gift."""
    monthly: ByLevel = {}
    """Taken by the member, once in a business month."""

    def reward(self, kind: GiftKind, level: str) -> Reward | None:
        """What *level* gets; None: nothing."""
        by_level: dict[str, Reward] = getattr(self, kind)
        found = by_level.get(level)
        return found if found is not None and not found.is_nothing else None
