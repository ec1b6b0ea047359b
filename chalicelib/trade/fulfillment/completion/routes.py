"""What a buyer may say about the receipt of an order."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.mall.identity.service import Buyer
from chalicelib.trade.fulfillment.completion import service
from chalicelib.trade.fulfillment.completion.errors import AlreadyExtended, OrderNotShipped
from chalicelib.trade.fulfillment.completion.schemas import ReceiptView
from chalicelib.trade.orders.errors import OrderChanged, OrderNotFound

api = Api("receipts", title="收货 Receipt")


@api.get("/orders/{order_id}/receipt", raises=[OrderNotFound])
def show_receipt(buyer: Buyer, order_id: str) -> ReceiptView:
    """Show until when an order waits for my confirmation, and what WeChat's confirm component needs."""
    return service.show(buyer.member_id, order_id)


@api.post("/orders/{order_id}/confirm-receipt", raises=[OrderNotFound, OrderNotShipped, OrderChanged])
def confirm_receipt(buyer: Buyer, order_id: str) -> ReceiptView:
    """Confirm that I have the goods: the order completes. Again: the same answer."""
    return service.confirm(buyer.member_id, order_id)


@api.post("/orders/{order_id}/extend-receipt", raises=[OrderNotFound, OrderNotShipped, AlreadyExtended, OrderChanged])
def extend_receipt(buyer: Buyer, order_id: str) -> ReceiptView:
    """Ask for more time before the order completes by itself, once."""
    return service.extend(buyer.member_id, order_id)
