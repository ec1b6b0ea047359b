"""Assists as staff see them."""

from __future__ import annotations

from datetime import datetime

from chalicelib.core.schemas import Fen, Schema
from chalicelib.growth.campaigns.assist.models import Assist, Helper, Standing
from chalicelib.growth.campaigns.base.friends.desk.schemas import DeskStarted, FindStarted


class FindAssists(FindStarted):
    """``GET /admin/assists``."""

    standing: Standing | None = None
    """By the clock."""


class DeskAssist(DeskStarted):
    """An assist in a list."""

    standing: Standing
    """By the clock."""
    list_amount: Fen
    """The catalog's price when it began."""
    unit_amount: Fen
    """What it costs once unlocked."""
    help_count: int
    helps_total: int
    ends_at: datetime
    """Until when friends can help; once unlocked, until when it can be ordered."""

    @classmethod
    def of(cls, assist: Assist, standing: Standing) -> DeskAssist:
        names = DeskAssist.model_fields.keys() - {"standing"}
        return cls(**{name: getattr(assist, name) for name in names}, standing=standing)


class DeskHelper(Schema):
    """A helper of an assist."""

    number: int
    """From 1, in the order in which they came."""
    member_id: str
    at: datetime

    @classmethod
    def of(cls, helper: Helper) -> DeskHelper:
        return cls(number=int(helper.number), member_id=helper.member_id, at=helper.at)


class DeskAssistDetail(DeskAssist):
    """An assist whole."""

    helpers: list[DeskHelper]
    """200 at most."""
