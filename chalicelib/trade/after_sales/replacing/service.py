"""An exchange: other pieces are taken for those that came back, and sent. Nothing is paid, by nobody."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.core.transaction import Transaction
from chalicelib.mall.inventory import service as inventory
from chalicelib.trade.after_sales import service
from chalicelib.trade.after_sales.claims import service as claims
from chalicelib.trade.after_sales.errors import AfterSaleMovedOn
from chalicelib.trade.after_sales.events import ReplacementRefunded
from chalicelib.trade.after_sales.models import AfterSale, Piece, Status
from chalicelib.trade.after_sales.refunding import service as refunding
from chalicelib.trade.after_sales.refunding.service import Terms
from chalicelib.trade.after_sales.returning import service as returning
from chalicelib.trade.after_sales.schemas import NameWaybill
from chalicelib.trade.after_sales.service import Case
from chalicelib.trade.fulfillment.carriers import service as carriers
from chalicelib.trade.fulfillment.shipments.errors import WaybillInUse
from chalicelib.trade.fulfillment.shipments.models import Purpose, waybill_key
from chalicelib.trade.fulfillment.shipments.waybills import service as waybills

Units = Mapping[int, int]


def accept(tx: Transaction, sale: AfterSale, units: Units, *, sellable: Units, actor: str, text: str = "") -> None:
    """The pieces that came back are good: as many of the replacement are taken from the stock for the buyer.

    :raises OutOfStock: (at commit) there are not so many; refund instead. :raises AfterSaleMovedOn:
    """
    pieces = [
        piece.model_copy(update={"accepted": units.get(piece.line, 0), "sellable": sellable.get(piece.line, 0)})
        for piece in sale.pieces
    ]
    inventory.take(tx, _key(sale), sum(units.values()), ref=sale.id)
    refunding.return_stock(tx, sale, sellable, replaced=True)
    more = (AfterSale.pieces.set(pieces), AfterSale.goods_back.set(True))
    service.move(tx, sale, Status.REPLACING, *more, actor=actor, text=text)


def in_stock(sale: AfterSale) -> bool:
    """Whether there are as many pieces of the replacement now as were asked for."""
    quantity = sum(sale.units.values())
    found = inventory.stocks([_key(sale)], consistent=True)
    return any(stock.available >= quantity for stock in found.values())


def ship(tx: Transaction, case: Case, asked: NameWaybill, *, actor: str) -> None:
    """The replacement leaves; the pieces can be asked for again.

    :raises AfterSaleMovedOn, CarrierUnknown, CarrierOff, TrackingNumberInvalid, WaybillInUse, BookMoved:
    """
    sale = case.sale
    if sale.status is not Status.REPLACING or sale.replacement is None:
        raise AfterSaleMovedOn(status=sale.status.value)
    courier, number = carriers.checked(asked.carrier, asked.tracking_number)
    named = {"sku_id": sale.replacement.sku_id, "spec": sale.replacement.spec}
    sent = [piece.model_copy(update={**named, "quantity": piece.accepted}) for piece in sale.pieces if piece.accepted]
    waybill, back = waybill_key(courier.code, number), sale.sent_back
    if back is not None and waybill == waybill_key(back.carrier, back.tracking_number):
        raise WaybillInUse(order_number=sale.order_number)
    waybills.claim(tx, case.order, waybill, even_if_used=False)
    sending = returning.ship(tx, sale, sent, courier.code, number, Purpose.REPLACEMENT)
    claims.release(tx, case.book, sale.units)
    text = f"{courier.name} {number}"
    service.move(tx, sale, Status.REPLACED, AfterSale.replaced_by.set(sending), actor=actor, text=text)


def refund_instead(tx: Transaction, case: Case, terms: Terms, *, actor: str, text: str) -> None:
    """The replacement can not be sent: the buyer gets the money, the stock gets its pieces back. Those that came back
    as good as new, and went on sale then, no longer count as the buyer's.

    :raises AfterSaleMovedOn, AmountAboveDue, FreightAboveLeft, BookMoved, OrderChanged, RefundMoved, AccountMoved:
    """
    sale = case.sale
    if sale.status is not Status.REPLACING:
        raise AfterSaleMovedOn(status=sale.status.value)
    accepted = {piece.line: piece.accepted for piece in sale.pieces}
    settled = refunding.settle(tx, case, accepted, terms, sellable={}, actor=actor)
    inventory.give_back(tx, _key(sale), sum(accepted.values()), ref=sale.id)
    refunding.finish(tx, sale, settled, actor=actor, text=text)
    if back := {str(piece.line): piece.sellable for piece in sale.pieces if piece.sellable}:
        named = {"member_id": sale.member_id, "after_sale_id": sale.id, "order_id": sale.order_id}
        tx.emit(ReplacementRefunded(**named, units=back))


def _key(sale: AfterSale) -> tuple[str, str]:
    piece: Piece = sale.pieces[0]
    return piece.product_id, sale.replacement.sku_id if sale.replacement is not None else piece.sku_id
