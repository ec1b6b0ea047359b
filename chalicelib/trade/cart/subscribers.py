"""What was ordered leaves the cart."""

from __future__ import annotations

from chalicelib.core.errors import TooBusy
from chalicelib.core.events import subscribe
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.mall.identity.members.events import MemberClosed
from chalicelib.trade.cart.models import CartLine, lines_of
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.events import OrderPlaced


@subscribe(MemberClosed, queue="reactions")
def empty_cart(event: MemberClosed, tx: Transaction) -> None:
    """Nobody is left to buy it."""
    # Beside the transaction: a full cart and the inbox item would be one write too many. Deleting twice is harmless.
    with CartLine.batch_write() as batch:
        for line in lines_of(event.member_id, consistent=True):
            batch.delete(line)


@subscribe(OrderPlaced, queue="reactions")
def remove_ordered(event: OrderPlaced, tx: Transaction) -> None:
    """Take the ordered pieces out; what the buyer put in since stays."""
    order = orders.load(event.member_id, event.order_id, consistent=True)
    ordered = {line.sku_id: line.quantity for line in order.lines if not line.given}
    keys = [(order.member_id, sku_id) for sku_id in ordered]
    for line in batch_get({CartLine: keys}, consistent=True)[CartLine].values():
        item = CartLine(member_id=order.member_id, sku_id=line.sku_id)
        same = CartLine.quantity == line.quantity
        if line.quantity <= ordered[line.sku_id]:
            tx.delete(item, only_if=same, otherwise=TooBusy())
        else:
            tx.update(item, [CartLine.quantity.add(-ordered[line.sku_id])], only_if=same, otherwise=TooBusy())
