"""What becomes of after-sales is told to their buyer."""

from __future__ import annotations

from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.growth.notifications.after_sales import service
from chalicelib.growth.notifications.service import tell
from chalicelib.trade.after_sales.events import AfterSaleMoved
from chalicelib.trade.after_sales.models import Status
from chalicelib.trade.after_sales.service import load


@subscribe(AfterSaleMoved, queue="notifications")
def tell_after_sale(event: AfterSaleMoved, tx: Transaction) -> None:
    """Agreed, refused, closed or replaced; each of these is come to once. Not where to send what was sent meanwhile."""
    status = Status(event.status)
    kind = service.KINDS.get(status)
    if kind is None:
        return
    sale = load(event.member_id, event.after_sale_id)
    if status is Status.RETURNING and sale.status is not status:
        return
    step = next(each for each in sale.steps if each.status is status)
    tell(
        tx,
        kind,
        member_id=sale.member_id,
        group=sale.order_id,
        subject=f"{sale.id}-{status}",
        values=service.said(sale, step),
        links={"after_sale_id": sale.id},
    )
