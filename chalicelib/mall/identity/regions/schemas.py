"""Regions, out."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Schema

RegionCode = Annotated[
    str, Field(pattern=r"^[1-9][0-9]{5}$", description="Six digits, GB/T 2260.", examples=["330106"])
]


class ListRegions(Schema):
    parent: RegionCode | None = None
    """Whose parts; left out: the provinces."""


class RegionView(Schema):
    code: str
    name: str
    leaf: bool
    """Has no parts: an address can name it."""


class RegionsView(Schema):
    items: list[RegionView]


class RegionTable(Schema):
    """All regions at once. ``330106`` lies in ``330100``, that in ``330000``."""

    names: dict[str, str]
