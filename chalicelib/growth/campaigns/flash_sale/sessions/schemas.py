"""Sessions of flash sales."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from chalicelib.core.schemas import Schema


class SessionState(StrEnum):
    """By the mall's clock."""

    UPCOMING = "upcoming"
    RUNNING = "running"
    SOLD_OUT = "sold_out"
    """It runs, and no piece is left. Some may come back."""
    OVER = "over"


class SessionView(Schema):
    """A session in the list."""

    id: str
    """`campaign_id-session`."""
    campaign_id: str
    session: str
    title: str
    state: SessionState
    starts_at: datetime
    ends_at: datetime
    goods_count: int


class SessionsView(Schema):
    """Today's and tomorrow's sessions, and those of last night that still run, by their beginning."""

    now: datetime
    """The mall's clock: count down to `starts_at` and `ends_at` from it, not from the phone's."""
    items: list[SessionView]


class LotView(Schema):
    """A SKU in a session."""

    lot_id: str
    """Names it in an order: `options: {"flash_sale": lot_id}`."""
    product_id: str
    sku_id: str
    name: str
    spec: str
    picture: str
    price_amount: int
    """The catalog's."""
    unit_amount: int
    """The session's."""
    pieces: int
    left: int
    """Some seconds old; before the session begins all of them."""


class SessionPage(SessionView):
    """A session with its goods."""

    now: datetime
    hold_minutes: int
    """How long a ticket keeps its piece."""
    goods: list[LotView]
