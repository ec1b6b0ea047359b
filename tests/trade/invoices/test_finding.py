"""Staff find invoices by what stands on them, and by the day."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.trade.invoices.conftest import COMPANY, Desk

PERSON = {"kind": "personal", "name": "王 小明（Ming）"}


def found(desk: Desk, **query: Any) -> list[str]:
    return [each["id"] for each in desk.staff.get("/admin/invoices", query=query).ok()["items"]]


@pytest.fixture
def asked(desk: Desk) -> list[str]:
    """One of a company before midnight of the 25th, one of a person after it, one of the company on the 1st; the
    first is issued."""
    titles = [desk.buyer.post("/me/invoice-titles", json=each).ok()["items"][-1]["id"] for each in (COMPANY, PERSON)]
    made = []
    for title, at in ((0, "2026-11-25T15:59:59"), (1, "2026-11-25T16:00:00"), (0, "2026-11-30T16:00:00")):
        desk.clock.set(datetime.fromisoformat(at).replace(tzinfo=UTC))
        made.append(desk.ask(desk.completed(), title_id=titles[title]).ok()["id"])
    desk.issue(made[0], 9_900).ok()
    return made


def test_by_what_stands_on_it(desk: Desk, asked: list[str]) -> None:
    first, second, third = asked
    assert found(desk) == [third, second], "what is to be issued"
    assert found(desk, tax_number="91350100M000100Y43") == [third, first]
    assert found(desk, title="思屿科技") == [third, first]
    assert found(desk, title=" 王小明（MING)") == [second]
    assert found(desk, title="王小明") == []
    assert found(desk, title="思屿科技", status="issued") == [first]
    assert found(desk, tax_number="91350100M000100Y43", status="requested") == [third]
    number = desk.staff.get(f"/admin/invoices/{second}").ok()["order_number"]
    assert found(desk, order_number=number) == [second]


def test_by_day(desk: Desk, asked: list[str]) -> None:
    first, second, third = asked
    assert found(desk, status="issued", from_day="2026-11-25", to_day="2026-11-25") == [first]
    assert found(desk, from_day="2026-11-26", to_day="2026-11-30") == [second]
    assert found(desk, from_day="2026-11-26") == [third, second]
    assert found(desk, to_day="2026-11-26") == [second]
    assert found(desk, title="思屿科技", month="2026-11") == [first]
    assert found(desk, title="思屿科技", month="2026-12") == [third]
    assert found(desk, tax_number="91350100M000100Y43", from_day="2026-12-01", to_day="2026-12-01") == [third]


def test_page_by_page(desk: Desk, asked: list[str]) -> None:
    page = desk.staff.get("/admin/invoices", query={"title": "思屿科技", "limit": 1}).ok()
    rest = desk.staff.get("/admin/invoices", query={"title": "思屿科技", "limit": 1, "cursor": page["cursor"]}).ok()
    assert [page["items"][0]["id"], rest["items"][0]["id"]] == [asked[2], asked[0]]


@pytest.mark.parametrize(
    "query",
    [
        {"order_number": "26112409000000123456", "status": "issued"},
        {"order_number": "1"},
        {"title": "a", "tax_number": "91350100M000100Y43"},
        {"month": "2026-11", "from_day": "2026-11-01"},
        {"from_day": "2026-11-02", "to_day": "2026-11-01"},
        {"to_day": "9999-12-31"},
        {"from_day": "0001-01-01"},
    ],
)
def test_questions_that_make_no_sense(desk: Desk, query: dict[str, str]) -> None:
    assert desk.staff.get("/admin/invoices", query=query).status == 422


def test_no_such_order(desk: Desk) -> None:
    assert desk.staff.get("/admin/invoices", query={"order_number": "26112409000000123456"}).code == "order_not_found"
