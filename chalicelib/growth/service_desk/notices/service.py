"""The kind of notice about answers of the buyer's service."""

from __future__ import annotations

from datetime import UTC, datetime

from chalicelib.growth.notifications.kinds.schemas import Kind, Moment, Type, Variable
from chalicelib.growth.notifications.values.service import cut

_WHEN = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
MAX_WORDS = 20

SERVICE_ANSWERED = Kind(
    "service_answered",
    "客服回复通知",
    Moment.AFTER_SALE,
    "pages/service/index?id={id}",
    ("id",),
    {
        "subject": Variable(Type.TEXT, "咨询内容", "少了一个枕套"),
        "answer": Variable(Type.TEXT, "回复内容", "已经为您补发"),
        "answered_at": Variable(Type.TIME, "回复时间", _WHEN),
    },
    {"thing1": "subject", "thing2": "answer", "time3": "answered_at"},
)


def short(words: str) -> str:
    """As much of *words* as a message takes, on one line."""
    return cut(" ".join(words.split()), MAX_WORDS)
