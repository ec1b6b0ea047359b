"""Staff: change an order."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.mall.identity.service import Staff
from chalicelib.trade.orders.desk import service as desk
from chalicelib.trade.orders.desk.schemas import DeskOrder
from chalicelib.trade.orders.edits import service
from chalicelib.trade.orders.edits.schemas import AnnotatedOrders, AnnotateOrders, EditNotes, EditReceiver, Reprice
from chalicelib.trade.orders.errors import MemoFull, OrderChanged, OrderNotEditable, OrderNotFound, OrderNotPending

api = Api("order_edits", title="订单 Orders (staff)")


@api.post(
    "/admin/orders/{number}/price", permission="orders.write", raises=[OrderNotFound, OrderNotPending, OrderChanged]
)
def reprice(staff: Staff, number: str, body: Reprice) -> DeskOrder:
    """Change what an unpaid order costs."""
    service.reprice(number, body, staff.name)
    return desk.show(number)


@api.post(
    "/admin/orders/{number}/receiver", permission="orders.write", raises=[OrderNotFound, OrderNotEditable, OrderChanged]
)
def edit_receiver(staff: Staff, number: str, body: EditReceiver) -> DeskOrder:
    """Change where an order goes, before it is shipped."""
    service.edit_receiver(number, body, staff.name)
    return desk.show(number)


@api.post("/admin/orders/{number}/notes", permission="orders.write", raises=[OrderNotFound, OrderChanged])
def edit_notes(staff: Staff, number: str, body: EditNotes) -> DeskOrder:
    """Set remark, memo and flag of an order."""
    service.edit_notes(number, body, staff.name)
    return desk.show(number)


@api.post("/admin/order-notes", permission="orders.write", raises=[OrderNotFound, MemoFull, OrderChanged])
def annotate_orders(staff: Staff, body: AnnotateOrders) -> AnnotatedOrders:
    """Add a line to the memos of up to 40 orders, or flag them: all or none."""
    return AnnotatedOrders(items=service.annotate(body, staff.name))
