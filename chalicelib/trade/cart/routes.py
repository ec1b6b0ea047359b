"""What a buyer may do with the cart."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.mall.identity.service import Buyer
from chalicelib.trade.cart import errors, service
from chalicelib.trade.cart.schemas import AddItem, CartSummary, CartView, ChangeItem, RemoveItems, SelectAll

api = Api("cart", title="购物车 Cart")


@api.get("/cart")
def show_cart(buyer: Buyer) -> CartView:
    """Show my cart with today's prices and stock."""
    return service.show(buyer.member_id)


@api.post("/cart/items", raises=[errors.CartLineRefused, errors.CartFull, errors.QuantityTooLarge])
def add_item(buyer: Buyer, body: AddItem) -> CartSummary:
    """Put a SKU into my cart; what is there already grows."""
    return service.add(buyer.member_id, body)


@api.patch("/cart/items/{sku_id}", raises=[errors.CartLineNotFound])
def change_item(buyer: Buyer, sku_id: str, body: ChangeItem) -> CartView:
    """Set the quantity of a line, or whether it is selected."""
    return service.change(buyer.member_id, sku_id, body)


@api.post("/cart/remove")
def remove_items(buyer: Buyer, body: RemoveItems) -> CartView:
    """Take lines out of my cart."""
    return service.remove(buyer.member_id, body.sku_ids)


@api.put("/cart/selection", raises=[errors.CartChanged])
def select_all(buyer: Buyer, body: SelectAll) -> CartView:
    """Select or deselect every line."""
    return service.select_all(buyer.member_id, body.selected)
