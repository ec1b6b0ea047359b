"""Refusals of shipments and parcels."""

from chalicelib.core.errors import DomainError


class NotToShip(DomainError):
    """It is not paid, waits for something, is canceled, or all of it has left: ``order_status`` says which."""

    code, status, message = "not_to_ship", 409, "订单不是待发货状态"


class ShipmentNotFound(DomainError):
    code, status, message = "shipment_not_found", 404, "发货单不存在"


class ShipmentUnclear(DomainError):
    """Several shipments of the order are open: say which."""

    code, status, message = "shipment_unclear", 422, "订单有多张待发货的发货单，请指明是哪一张"


class NothingToShip(DomainError):
    code, status, message = "nothing_to_ship", 409, "该发货单已经没有待发的商品"


class ShipmentChanged(DomainError):
    """A colleague was faster, or the order changed: look again."""

    code, status, message = "shipment_changed", 409, "发货单刚刚发生了变化，请刷新后再试"


class SkuNotInShipment(DomainError):
    code, status, message = "sku_not_in_shipment", 422, "发货单里没有规格 {sku_id}"


class TooManyPieces(DomainError):
    """``left``: pieces of the SKU that have not left."""

    code, status, message = "too_many_pieces", 409, "规格 {sku_id} 只剩 {left} 件待发"


class WaybillInUse(DomainError):
    """Another order was shipped under it. ``even_if_used`` ships all the same: two orders in one box."""

    code, status, message = "waybill_in_use", 409, "运单号已用于订单 {order_number}"


class ParcelExists(DomainError):
    """A parcel of that id is there already. Never leaves the batches."""

    code = "parcel_exists"


class ParcelNotFound(DomainError):
    code, status, message = "parcel_not_found", 404, "包裹不存在"


class ParcelChanged(DomainError):
    code, status, message = "parcel_changed", 409, "包裹刚刚发生了变化，请刷新后再试"


class NoWaybill(DomainError):
    """It went without a courier."""

    code, status, message = "no_waybill", 409, "该包裹没有运单"


class WithCourier(DomainError):
    """Whether it is delivered is the courier's word."""

    code, status, message = "with_courier", 409, "快递包裹以物流签收为准"


class TooLateToCorrect(DomainError):
    """The order is completed or canceled."""

    code, status, message = "too_late_to_correct", 409, "订单已结束，不能再改运单"
