"""Places as staff would write them."""

from __future__ import annotations

from typing import Any

DAILY = [{"opens": "09:00", "closes": "21:30"}]
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def week(**days: list[dict[str, str]]) -> dict[str, list[dict[str, str]]]:
    """Every day nine to half past nine in the evening, but for *days*."""
    return {name: days.get(name, DAILY) for name in WEEK}


def store(name: str = "徐家汇店", **more: Any) -> dict[str, Any]:
    """A store in Shanghai."""
    return {
        "kind": "store",
        "name": name,
        "phone": "021-62000000",
        "district_code": "310104",
        "detail": "漕溪北路 1 号",
        "latitude": 31_192_000,
        "longitude": 121_437_000,
        "hours": week(),
        **more,
    }


def warehouse(name: str = "杭州仓", **more: Any) -> dict[str, Any]:
    """A warehouse in Hangzhou."""
    given = {
        "kind": "warehouse",
        "name": name,
        "district_code": "330106",
        "detail": "文三路 1 号",
        "ships_parcels": True,
    }
    return {**given, **more}
