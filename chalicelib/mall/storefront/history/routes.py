"""What a member looked at."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.mall.catalog.products.errors import ProductNotFound
from chalicelib.mall.identity.service import Buyer
from chalicelib.mall.storefront.history import service
from chalicelib.mall.storefront.history.schemas import ForgetHistory, HistoryView, View

api = Api("history", title="足迹 Browse history")


@api.post("/me/history", status=204, raises=[ProductNotFound])
def record_view(buyer: Buyer, body: View) -> None:
    """Remember that I look at a product. A product's page is everybody's and kept by phones: it does not know me."""
    service.record(buyer.member_id, body.product_id)


@api.get("/me/history")
def show_history(buyer: Buyer) -> HistoryView:
    """Show the hundred products that I looked at last, within 90 days, with prices of this moment."""
    return service.mine(buyer.member_id)


@api.delete("/me/history", status=204)
def forget_history(buyer: Buyer, query: ForgetHistory) -> None:
    """Forget one product (`product_id`), or all that I looked at."""
    service.forget(buyer.member_id, query.product_id)
