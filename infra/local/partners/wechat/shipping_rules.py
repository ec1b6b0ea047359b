"""What WeChat checks of an upload before it looks at the payment, each rule with its error code."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from infra.local.partners.wechat.words import Errcode

EXPRESS, SAME_CITY, VIRTUAL, PICKUP = 1, 2, 3, 4
UNIFIED, SPLIT = 1, 2
MOST_PARCELS = 15
LONGEST_DESCRIPTION = 120
LONGEST_NUMBER = 128

#: ``delivery_id`` → name, as ``get_delivery_list`` tells them.
COMPANIES = {
    "SF": "顺丰速运",
    "ZTO": "中通快递",
    "YTO": "圆通速递",
    "STO": "申通快递",
    "YD": "韵达速递",
    "JTSD": "极兔速递",
    "EMS": "EMS",
    "YZPY": "邮政快递包裹",
    "JD": "京东快递",
    "DBL": "德邦快递",
    "KYSY": "跨越速运",
    "DHL": "DHL",
}

_MASKED = re.compile(r"^[\d+\-]*\*+\d{4}$")
_RFC_3339 = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")


def check_key(key: Any) -> dict[str, str]:
    """The ``order_key``: which payment. :returns: ``transaction_id``, or ``out_trade_no`` with ``mchid``."""
    if not isinstance(key, dict):
        raise Errcode(10060014, "param error: order_key")
    kind = key.get("order_number_type")
    if kind == 2 and type(kind) is int:
        return {"transaction_id": _text(key.get("transaction_id"), 268485195, "transaction_id is empty")}
    if kind == 1 and type(kind) is int:
        mchid = _text(key.get("mchid"), 268485196, "mchid is empty")
        return {"mchid": mchid, "out_trade_no": _text(key.get("out_trade_no"), 268485197, "out_trade_no is empty")}
    raise Errcode(268485194, "invalid order_number_type")


def check_upload(body: dict[str, Any]) -> datetime:
    """Everything that the body alone can be wrong about. :returns: its ``upload_time``."""
    kind, mode = body.get("logistics_type"), body.get("delivery_mode")
    if kind not in (EXPRESS, SAME_CITY, VIRTUAL, PICKUP) or type(kind) is not int:
        raise Errcode(10060005, "invalid logistics_type")
    if mode not in (UNIFIED, SPLIT) or type(mode) is not int:
        raise Errcode(268485224, "invalid delivery_mode")
    if mode == SPLIT and kind != EXPRESS:
        raise Errcode(10060006, "split delivery is for express only")
    if mode == SPLIT and type(body.get("is_all_delivered")) is not bool:
        raise Errcode(10060007, "is_all_delivered is required")
    _check_list(body.get("shipping_list"), kind, mode)
    payer = body.get("payer")
    if not isinstance(payer, dict) or not isinstance(payer.get("openid"), str) or not payer["openid"]:
        raise Errcode(10060014, "param error: payer")
    return _time(body.get("upload_time"))


def _check_list(parcels: Any, kind: int, mode: int) -> None:
    if not isinstance(parcels, list) or not all(isinstance(each, dict) for each in parcels):
        raise Errcode(10060014, "param error: shipping_list")
    if mode == UNIFIED and len(parcels) != 1:
        raise Errcode(268485228, "shipping_list of a unified delivery has one entry")
    if len(parcels) > MOST_PARCELS:
        raise Errcode(10060024, "shipping_list is too long")
    if not parcels:
        raise Errcode(10060014, "param error: shipping_list")
    for parcel in parcels:
        _check_description(parcel)
        if kind == EXPRESS:
            _check_waybill(parcel)
    numbers = [(each.get("express_company"), each.get("tracking_no")) for each in parcels]
    if kind == EXPRESS and len(set(numbers)) != len(numbers):
        raise Errcode(10060014, "param error: tracking_no repeated")


def _check_description(parcel: dict[str, Any]) -> None:
    if "item_desc" not in parcel:
        raise Errcode(10060020, "item_desc is missing")
    described = _text(parcel["item_desc"], 10060008, "item_desc is empty")
    if len(described) > LONGEST_DESCRIPTION:
        raise Errcode(10060009, "item_desc is too long")


def _check_waybill(parcel: dict[str, Any]) -> None:
    number = _text(parcel.get("tracking_no"), 268485226, "tracking_no is empty")
    company = _text(parcel.get("express_company"), 268485227, "express_company is empty")
    if len(number) > LONGEST_NUMBER:
        raise Errcode(10060026, "tracking_no is too long")
    if len(company) > LONGEST_NUMBER:
        raise Errcode(10060025, "express_company is too long")
    if company not in COMPANIES:
        raise Errcode(10060014, f"param error: express_company {company}")
    contact = parcel.get("contact", {})
    if not isinstance(contact, dict):
        raise Errcode(10060014, "param error: contact")
    given = [contact[name] for name in ("consignor_contact", "receiver_contact") if contact.get(name)]
    if company == "SF" and not given:
        raise Errcode(10060014, "param error: SF needs a contact")
    if not all(isinstance(each, str) and _MASKED.match(each) for each in given):
        raise Errcode(10060014, "param error: contact is not masked")


def _time(given: Any) -> datetime:
    try:
        if isinstance(given, str) and _RFC_3339.match(given):
            return datetime.fromisoformat(given)
    except ValueError:
        pass
    raise Errcode(268485216, "invalid upload_time")


def _text(given: Any, code: int, message: str) -> str:
    if not isinstance(given, str) or not given.strip():
        raise Errcode(code, message)
    return given
