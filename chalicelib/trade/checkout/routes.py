"""What a buyer may ask: what it costs, make the order, cancel it."""

from __future__ import annotations

from chalicelib.core.api import Api, IdempotencyKey
from chalicelib.core.errors import PartnerUnavailable
from chalicelib.core.once import KeyReused
from chalicelib.mall.identity.service import Buyer
from chalicelib.mall.inventory.errors import OutOfStock
from chalicelib.trade.checkout import errors, service
from chalicelib.trade.checkout.schemas import CancelOrder, PlaceOrder, Preview, QuoteView
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.errors import OrderNotFound, OrderNotPending
from chalicelib.trade.orders.models import OrderStatus
from chalicelib.trade.orders.schemas import OrderView
from chalicelib.trade.pricing.errors import AmountTooLarge, NotDeliverable

api = Api("checkout", title="结算 Checkout")

REFUSALS = [
    errors.EmptyBasket,
    errors.TooManyLines,
    errors.LinesInvalid,
    errors.AddressNotFound,
    errors.StoreNotForPickup,
    errors.FulfillmentUnfit,
    errors.TooManyVouchers,
    AmountTooLarge,
    NotDeliverable,
]


@api.post("/checkout/preview", raises=REFUSALS)
def preview(buyer: Buyer, body: Preview) -> QuoteView:
    """Show what a basket costs, with every discount explained.

    With `lines`: buy now. Without: what is selected in the cart.
    """
    return QuoteView.of(service.preview(buyer, body))


@api.post(
    "/orders",
    status=201,
    raises=[*REFUSALS, errors.PriceChanged, errors.PurchaseLimitReached, OutOfStock, KeyReused],
)
def place_order(buyer: Buyer, body: PlaceOrder, key: IdempotencyKey) -> OrderView:
    """Place an order at the price that the preview showed.

    The same `Idempotency-Key` and body answer with the same order, however often they come.
    """
    order_id = service.place_order(buyer, body, key)
    return orders.view(buyer.member_id, order_id)


@api.post("/orders/{order_id}/cancel", raises=[OrderNotFound, OrderNotPending, PartnerUnavailable])
def cancel_order(buyer: Buyer, order_id: str, body: CancelOrder) -> OrderView:
    """Cancel an unpaid order. If it was paid meanwhile, it stays paid."""
    order = orders.load(buyer.member_id, order_id, consistent=True)
    if order.status is not OrderStatus.PENDING_PAYMENT:
        raise OrderNotPending()
    service.close(order, body.reason)
    return orders.view(buyer.member_id, order_id)
