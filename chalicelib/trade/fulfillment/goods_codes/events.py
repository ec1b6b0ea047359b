"""What happens to goods that are codes."""

from chalicelib.core.events import Event
from chalicelib.trade.orders.events import OrderEvent


class CodesWanted(OrderEvent):
    """A paid order shall have its codes: now, or after some were uploaded."""


class CodesGiven(OrderEvent):
    """The order has its codes; its buyer can see them."""


class SellingEnds(Event):
    """Codes of a SKU came to the end of the time in which they are sold."""

    product_id: str
    sku_id: str


class CodesAdded(Event):
    """Codes of a SKU were uploaded: who waits may have them. ``after``: the order up to which they were woken."""

    sku_id: str
    after: str = ""
