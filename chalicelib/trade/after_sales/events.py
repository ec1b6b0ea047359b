"""What happens to after-sales."""

from __future__ import annotations

from chalicelib.core.events import Event


class AfterSaleEvent(Event):
    """Names an after-sale: ``member_id`` and ``after_sale_id`` together are its key."""

    member_id: str
    after_sale_id: str
    order_id: str


class AfterSaleMoved(AfterSaleEvent):
    """It came to a status; ``requested`` is the first one."""

    status: str


class AfterSaleDue(AfterSaleEvent):
    """Deadline: act, unless it has changed since: ``version``."""

    version: int


class StockReturned(AfterSaleEvent):
    """Pieces can be sold again: they never left, or came back as good as new. ``units``: line → pieces. ``replaced``:
    the buyer is to get others in their place."""

    units: dict[str, int] = {}
    replaced: bool = False


class ReplacementRefunded(AfterSaleEvent):
    """Pieces that came back as good as new were to be replaced, and were refunded instead: the buyer has none in their
    place. ``units``: line → pieces."""

    units: dict[str, int] = {}
