"""Stocks as staff change them."""

from __future__ import annotations

import pytest

from chalicelib.core.transaction import Transaction
from chalicelib.mall.inventory import service as inventory
from chalicelib.mall.inventory.models import StockKey
from tests.harness import Client, Cloud, MovableClock
from tests.mall.catalog import factories

PATH = "/admin/stocks/prd_1/sku_1"


@pytest.fixture
def staff(http: Client, frozen: MovableClock) -> Client:
    with Transaction() as tx:
        inventory.declare(tx, StockKey("prd_1", "sku_1"), 10)
    frozen.move(seconds=1)
    return http.as_(factories.staff_token("inventory.read", "inventory.write"))


def test_adjusted_once_however_often_it_is_sent(staff: Client, cloud: Cloud) -> None:
    body = {"delta": -3, "note": "盘亏"}
    assert staff.post(f"{PATH}/adjust", json=body, key="adjust-0001").ok()["available"] == 7
    with cloud.unchanged():
        assert staff.post(f"{PATH}/adjust", json=body, key="adjust-0001").ok()["available"] == 7
        other = {**body, "delta": -4}
        assert staff.post(f"{PATH}/adjust", json=other, key="adjust-0001").code == "idempotency_key_reused"
        assert staff.post(f"{PATH}/adjust", json=body).code == "invalid"
    assert staff.post(f"{PATH}/adjust", json=body, key="adjust-0002").ok()["available"] == 4


def test_refusals(staff: Client, cloud: Cloud) -> None:
    for path, body, code in (
        (f"{PATH}/adjust", {"delta": -11, "note": "x"}, "out_of_stock"),
        (f"{PATH}/adjust", {"delta": 10**9, "note": "x"}, "stock_too_large"),
        (f"{PATH}/adjust", {"delta": 10**10, "note": "x"}, "invalid"),
        (f"{PATH}/adjust", {"delta": 1}, "invalid"),
        ("/admin/stocks/prd_1/sku_no/adjust", {"delta": 1, "note": "x"}, "stock_not_found"),
        (f"{PATH}/count", {"counted": 5, "seen": 9, "note": "x"}, "stock_moved"),
        ("/admin/stocks/prd_1/sku_no/count", {"counted": 5, "seen": 9, "note": "x"}, "stock_not_found"),
        (f"{PATH}/count", {"counted": -1, "seen": 10, "note": "x"}, "invalid"),
    ):
        with cloud.unchanged():
            assert staff.post(path, json=body, key="adjust-0001").code == code
    with cloud.unchanged():
        assert staff.put("/admin/stocks/prd_1/sku_no/warning", json={"low_at": 1}).code == "stock_not_found"
        assert staff.get("/admin/stocks/prd_1/sku_no").code == "stock_not_found"


def test_the_log_tells_every_change(staff: Client, frozen: MovableClock) -> None:
    staff.post(f"{PATH}/adjust", json={"delta": -3, "note": "盘亏"}, key="adjust-0001").ok()
    staff.post(f"{PATH}/count", json={"counted": 20, "seen": 7, "note": "入库"}).ok()
    first = staff.get(f"{PATH}/entries", query={"limit": 2}).ok()
    rest = staff.get(f"{PATH}/entries", query={"limit": 2, "cursor": first["cursor"]}).ok()
    told = [(entry["reason"], entry["delta"], entry["note"]) for entry in first["items"] + rest["items"]]
    assert told == [("counted", 13, "入库"), ("adjusted", -3, "盘亏"), ("declared", 10, None)]
    stocks = staff.get("/admin/stocks/prd_1").ok()["items"]
    assert [(each["sku_id"], each["available"]) for each in stocks] == [("sku_1", 20)]


def test_permissions(http: Client, staff: Client, cloud: Cloud) -> None:
    reader = http.as_(factories.staff_token("inventory.read"))
    with cloud.unchanged():
        assert reader.post(f"{PATH}/adjust", json={"delta": 1, "note": "x"}, key="adjust-0001").status == 403
        assert reader.get(PATH).ok()["available"] == 10
