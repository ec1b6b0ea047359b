"""What happens to orders."""

from chalicelib.core.events import Event


class OrderEvent(Event):
    """Names an order. ``member_id`` and ``order_id`` together are its key."""

    member_id: str
    order_id: str


class OrderPlaced(OrderEvent):
    """The order exists and holds its stock; it waits for payment (unless it cost nothing)."""


class OrderPaid(OrderEvent):
    """The money is there."""


class AdvanceSpent(OrderEvent):
    """The order is paid, and what was paid for it in advance is its money from now on."""


class ShippingPromised(OrderEvent):
    """The order is paid, and was promised to leave by a day of its own (``Order.ship_by``)."""


class OrderReady(OrderEvent):
    """Paid and free of holds: fulfillment may begin."""


class OrderShipped(OrderEvent):
    """The last piece has left."""


class OrderCompleted(OrderEvent):
    """The goods are with the buyer, by whoever's word; what waited for that (points, commission, review) may begin."""

    by: str = ""
    """``buyer``, ``wechat``, ``staff``, ``handover`` or ``time``."""


class OrderCanceled(OrderEvent):
    """The order ended without goods; everything it had claimed goes back."""

    reason: str = ""


class UnitsRefunded(OrderEvent):
    """Money of some pieces has gone back to the buyer: what hung on those pieces follows, by their share, once.

    ``refund_id``: by what they went back, the after-sale. ``units``: position of the line in ``Order.lines`` (as text)
    → pieces of this refund. ``refunded``: the same, of all refunds so far with this one. They come in any order.
    """

    refund_id: str = ""
    units: dict[str, int] = {}
    refunded: dict[str, int] = {}


class OrderEmptied(OrderEvent):
    """Every piece was refunded before one had left: the order ended, canceled. What hung on its pieces went by
    ``UnitsRefunded``; this is for what hangs on the order as a whole. Never together with ``OrderCanceled``."""


class OrderRepriced(OrderEvent):
    """Staff changed what an unpaid order costs: a payment begun for the old price must end."""


class OrderLowered(OrderEvent):
    """A paid order costs less than was paid: *amount* (fen, of goods) is on its way back, and no piece with it.

    ``source_id``: the rule or campaign that gave it.
    """

    source_id: str = ""
    amount: int


class CloseUnpaid(OrderEvent):
    """Deadline: close the order unless it is paid."""
