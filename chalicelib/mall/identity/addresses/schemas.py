"""Addresses, in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Schema
from chalicelib.mall.identity.addresses.models import Address
from chalicelib.mall.identity.regions.schemas import RegionCode

_MOBILE, _LANDLINE, _ABROAD = r"1[3-9][0-9]{9}", r"0[0-9]{2,3}-?[0-9]{7,8}(-[0-9]{1,6})?", r"\+[0-9]{6,15}"
ReceiverPhone = Annotated[
    str,
    Field(
        max_length=24,
        pattern=rf"^({_MOBILE}|{_LANDLINE}|{_ABROAD})$",
        description="A mainland mobile or landline number, or `+` and an international one.",
        examples=["13800138000"],
    ),
]
ReceiverName = Annotated[str, Field(min_length=1, max_length=32, pattern=r"^[^\x00-\x1f\x7f]+$")]
Detail = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]


class SaveAddress(Schema):
    """An address as the member writes it. Province and city follow from the code; names are filled in."""

    name: ReceiverName
    phone: ReceiverPhone
    district_code: RegionCode
    """The deepest region: a county, or a city or province without counties."""
    detail: Detail
    is_default: bool = False


class AddressView(Schema):
    id: str
    name: str
    phone: str
    province_code: str
    city_code: str
    district_code: str
    province: str
    city: str
    district: str
    detail: str
    is_default: bool
    updated_at: datetime

    @classmethod
    def of(cls, address: Address) -> AddressView:
        return cls.model_validate({name: getattr(address, name) for name in cls.model_fields})


class AddressesView(Schema):
    items: list[AddressView]
