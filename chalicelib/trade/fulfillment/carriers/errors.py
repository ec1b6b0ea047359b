"""Refusals of couriers and their numbers."""

from chalicelib.core.errors import DomainError


class CarrierUnknown(DomainError):
    code, status, message = "carrier_unknown", 422, "不认识的快递公司"


class CarrierOff(DomainError):
    code, status, message = "carrier_off", 422, "快递公司“{name}”已停用"


class TrackingNumberInvalid(DomainError):
    """It has none of the carrier's forms."""

    code, status, message = "tracking_number_invalid", 422, "运单号不符合{name}的格式"


class TooManyCarriers(DomainError):
    code, status, message = "too_many_carriers", 409, "快递公司最多 {limit} 个"
