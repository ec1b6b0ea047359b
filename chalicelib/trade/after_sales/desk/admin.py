"""Staff: after-sales."""

from __future__ import annotations

from chalicelib.core.api import Api, IdempotencyKey
from chalicelib.core.once import KeyReused
from chalicelib.core.schemas import Page
from chalicelib.mall.identity.service import Staff
from chalicelib.mall.inventory.errors import OutOfStock
from chalicelib.mall.stores.errors import StoreNotFound
from chalicelib.trade.after_sales import errors
from chalicelib.trade.after_sales.deciding import service as deciding
from chalicelib.trade.after_sales.deciding.schemas import Agree, JudgeAppeal, Refuse
from chalicelib.trade.after_sales.desk import service
from chalicelib.trade.after_sales.desk.schemas import DeskAfterSaleView, FindAfterSales, RefundOrder, TracksView
from chalicelib.trade.after_sales.inspecting import service as inspecting
from chalicelib.trade.after_sales.inspecting.schemas import Inspect
from chalicelib.trade.after_sales.replacing import service as replacing
from chalicelib.trade.after_sales.returning import service as returning
from chalicelib.trade.after_sales.schemas import NameWaybill
from chalicelib.trade.after_sales.service import MOVING
from chalicelib.trade.fulfillment.carriers.errors import CarrierOff, CarrierUnknown, TrackingNumberInvalid
from chalicelib.trade.fulfillment.shipments.errors import WaybillInUse
from chalicelib.trade.orders.errors import OrderNotFound

api = Api("after_sales_admin", title="售后 After-sales (staff)")
_STEP = [errors.AfterSaleNotFound, errors.AfterSaleMovedOn, *MOVING]
_MONEY = [errors.AmountAboveDue, errors.FreightAboveLeft]


@api.get("/admin/after-sales", permission="aftersales.read")
def find_after_sales(staff: Staff, query: FindAfterSales) -> Page[DeskAfterSaleView]:
    """Find after-sales, newest first: `requested` and `received` wait for staff, `appealed` for the owner."""
    return service.find(query)


@api.get("/admin/after-sales/{number}", permission="aftersales.read", raises=[errors.AfterSaleNotFound])
def show_after_sale(staff: Staff, number: str) -> DeskAfterSaleView:
    """Show an after-sale with its timeline."""
    return service.show(number)


@api.get("/admin/after-sales/{number}/tracks", permission="aftersales.read", raises=[errors.AfterSaleNotFound])
def track_after_sale(staff: Staff, number: str) -> TracksView:
    """Show the ways of its parcels."""
    return TracksView(items=returning.track(service.by_number(number)))


@api.post(
    "/admin/after-sales/{number}/agree",
    permission="aftersales.write",
    raises=[*_STEP, *_MONEY, errors.NoReturnAddress, errors.ReasonNeeded, StoreNotFound],
)
def agree_after_sale(staff: Staff, number: str, body: Agree) -> DeskAfterSaleView:
    """Agree: `refund_only` is refunded at once; otherwise the buyer is told where to send the goods."""
    return service.decide(number, lambda tx, case: deciding.agree_to_request(tx, case, body, actor=staff.name))


@api.post("/admin/after-sales/{number}/refuse", permission="aftersales.write", raises=_STEP)
def refuse_after_sale(staff: Staff, number: str, body: Refuse) -> DeskAfterSaleView:
    """Refuse, and say why: the buyer reads it and may appeal."""
    return service.decide(number, lambda tx, case: deciding.refuse_request(tx, case, body.reason, actor=staff.name))


@api.post(
    "/admin/after-sales/{number}/appeal",
    permission="aftersales.appeals",
    raises=[*_STEP, *_MONEY, errors.NoReturnAddress, errors.ReasonNeeded, StoreNotFound, OutOfStock],
)
def judge_appeal(staff: Staff, number: str, body: JudgeAppeal) -> DeskAfterSaleView:
    """Decide the buyer's appeal: the last word."""
    return service.decide(number, lambda tx, case: deciding.judge(tx, case, body, actor=staff.name))


@api.post("/admin/after-sales/{number}/receive", permission="aftersales.write", raises=_STEP)
def receive_goods(staff: Staff, number: str) -> DeskAfterSaleView:
    """Say that the goods are here; `inspect` says what they are worth, also without this."""
    return service.decide(number, lambda tx, case: returning.receive(tx, case.sale, actor=staff.name))


@api.post(
    "/admin/after-sales/{number}/inspect",
    permission="aftersales.write",
    raises=[*_STEP, *_MONEY, errors.PiecesNotThere, errors.ReasonNeeded, OutOfStock],
)
def inspect_goods(staff: Staff, number: str, body: Inspect) -> DeskAfterSaleView:
    """Accept what came back, wholly, in part or not at all: the accepted pieces are refunded, or replaced."""
    return service.decide(number, lambda tx, case: inspecting.inspect(tx, case, body, actor=staff.name))


@api.post(
    "/admin/after-sales/{number}/replacement",
    permission="aftersales.write",
    raises=[*_STEP, CarrierUnknown, CarrierOff, TrackingNumberInvalid, WaybillInUse],
)
def send_replacement(staff: Staff, number: str, body: NameWaybill) -> DeskAfterSaleView:
    """Send the replacement of an exchange."""
    return service.decide(number, lambda tx, case: replacing.ship(tx, case, body, actor=staff.name))


@api.post("/admin/after-sales/{number}/refund-instead", permission="aftersales.write", raises=[*_STEP, *_MONEY])
def refund_instead(staff: Staff, number: str, body: Refuse) -> DeskAfterSaleView:
    """The replacement can not be sent: give the money back, and say why."""
    terms = deciding.NO_TERMS
    return service.decide(
        number, lambda tx, case: replacing.refund_instead(tx, case, terms, actor=staff.name, text=body.reason)
    )


@api.post(
    "/admin/orders/{number}/refunds",
    status=201,
    permission="aftersales.write",
    raises=[
        *(OrderNotFound, KeyReused, *MOVING, *_MONEY, errors.AfterSaleClosed, errors.OrderOnHold),
        *(errors.PiecesNotThere, errors.NothingBack),
    ],
)
def refund_order(staff: Staff, number: str, body: RefundOrder, key: IdempotencyKey) -> DeskAfterSaleView:
    """Refund pieces of a paid order, or its freight, without the buyer's asking. What has not left does not leave."""
    return service.refund(number, body, key, staff)
