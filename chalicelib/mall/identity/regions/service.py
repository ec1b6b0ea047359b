"""Looking up regions. The table is read from the package once per process, at the first question."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from chalicelib.core.errors import Invalid

_FILE = Path(__file__).parent / "data" / "regions.json"


@dataclass(frozen=True)
class Place:
    """Where an address lies. ``district_code`` is the deepest code; a level that does not exist has no name."""

    province_code: str
    city_code: str
    district_code: str
    province: str
    city: str
    district: str


@cache
def names() -> dict[str, str]:
    """Every region's name by its code."""
    table: dict[str, str] = json.loads(_FILE.read_text(encoding="utf-8"))
    return table


@cache
def _children() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for code in names():
        found.setdefault(parent_of(code), []).append(code)
    return found


def parent_of(code: str) -> str:
    """The code one level up; ``""`` for a province."""
    if code.endswith("0000"):
        return ""
    return code[:2] + "0000" if code.endswith("00") else code[:4] + "00"


def children_of(code: str) -> list[str]:
    """The codes one level down, in order; of ``""`` the provinces; none for the deepest level."""
    return _children().get(code, [])


def place(code: str, field: str = "region_code") -> Place:
    """The place with that code, which must be a deepest one: a county, or a city or province without counties.

    :raises Invalid: no such region, or one that has parts; *field* is blamed.
    """
    known = names()
    if code not in known:
        raise Invalid(errors=[{"field": field, "issue": "no such region"}])
    if children_of(code):
        raise Invalid(errors=[{"field": field, "issue": "choose a region inside this one"}])
    province, city = code[:2] + "0000", code[:4] + "00"
    return Place(
        province_code=province,
        city_code=city,
        district_code=code,
        province=known[province],
        city=known[city] if city != province else "",
        district=known[code] if code != city else "",
    )
