"""What a buyer may ask after the sale."""

from __future__ import annotations

from chalicelib.core.api import Api, IdempotencyKey
from chalicelib.core.once import KeyReused
from chalicelib.core.schemas import Page
from chalicelib.gateways.object_storage.errors import (
    MediaTooLarge,
    StorageUnavailable,
    UnsupportedMedia,
    UploadNotFound,
)
from chalicelib.mall.identity.service import Buyer
from chalicelib.trade.after_sales import errors, service
from chalicelib.trade.after_sales.applying import service as applying
from chalicelib.trade.after_sales.applying.schemas import AmountsView, ApplyAfterSale, AskAmounts
from chalicelib.trade.after_sales.deciding import service as deciding
from chalicelib.trade.after_sales.deciding.schemas import Appeal
from chalicelib.trade.after_sales.desk.schemas import TracksView
from chalicelib.trade.after_sales.returning import service as returning
from chalicelib.trade.after_sales.schemas import AfterSaleView, ListAfterSales, NameWaybill
from chalicelib.trade.after_sales.service import MOVING
from chalicelib.trade.fulfillment.carriers.errors import CarrierOff, CarrierUnknown, TrackingNumberInvalid
from chalicelib.trade.orders.errors import OrderNotFound

api = Api("after_sales", title="售后 After-sales")
_ASK = [OrderNotFound, errors.AfterSaleClosed, errors.OrderOnHold, errors.PiecesNotThere]


@api.post("/orders/{order_id}/after-sale-quote", raises=_ASK)
def quote_after_sale(buyer: Buyer, order_id: str, body: AskAmounts) -> AmountsView:
    """Show what would go back for pieces of my order, and how many I may ask for in which way. Nothing is kept."""
    return applying.quote(buyer.member_id, order_id, body)


@api.post(
    "/orders/{order_id}/after-sales",
    status=201,
    raises=[
        *(UploadNotFound, UnsupportedMedia, MediaTooLarge, StorageUnavailable),
        *(*_ASK, *MOVING, KeyReused, errors.TooManyAfterSales, errors.ExchangeNotEqual),
    ],
)
def apply_after_sale(buyer: Buyer, order_id: str, body: ApplyAfterSale, key: IdempotencyKey) -> AfterSaleView:
    """Ask for my money, for a return, or for an exchange, of so many pieces. What has not left waits meanwhile."""
    return applying.apply(buyer.member_id, order_id, body, key)


@api.get("/after-sales")
def list_after_sales(buyer: Buyer, query: ListAfterSales) -> Page[AfterSaleView]:
    """List my after-sales, newest first."""
    return service.mine(buyer.member_id, query)


@api.get("/after-sales/{after_sale_id}", raises=[errors.AfterSaleNotFound])
def show_my_after_sale(buyer: Buyer, after_sale_id: str) -> AfterSaleView:
    """Show one with its timeline."""
    return service.view(buyer.member_id, after_sale_id)


@api.get("/after-sales/{after_sale_id}/tracks", raises=[errors.AfterSaleNotFound])
def track_my_after_sale(buyer: Buyer, after_sale_id: str) -> TracksView:
    """Show the ways of its parcels: back, then the replacement's."""
    return TracksView(items=returning.track(service.load(buyer.member_id, after_sale_id)))


@api.post("/after-sales/{after_sale_id}/cancel", raises=[errors.AfterSaleNotFound, errors.AfterSaleMovedOn, *MOVING])
def cancel_after_sale(buyer: Buyer, after_sale_id: str) -> AfterSaleView:
    """I do not want it any more."""
    return deciding.cancel(buyer.member_id, after_sale_id)


@api.post(
    "/after-sales/{after_sale_id}/send-back",
    raises=[
        *(errors.AfterSaleNotFound, errors.AfterSaleMovedOn, errors.TooManyWaybills, errors.WaybillOfShop),
        *(CarrierUnknown, CarrierOff, TrackingNumberInvalid),
    ],
)
def send_back(buyer: Buyer, after_sale_id: str, body: NameWaybill) -> AfterSaleView:
    """I have sent the goods: courier and number. Again: the number was wrong, this one is right."""
    return returning.send_back(buyer.member_id, after_sale_id, body)


@api.post(
    "/after-sales/{after_sale_id}/appeal",
    raises=[
        *(errors.AfterSaleNotFound, errors.AfterSaleMovedOn, errors.AppealOver, errors.PiecesNotThere, *MOVING),
    ],
)
def appeal_after_sale(buyer: Buyer, after_sale_id: str, body: Appeal) -> AfterSaleView:
    """Ask the owner of the shop, once."""
    return deciding.appeal(buyer.member_id, after_sale_id, body)
