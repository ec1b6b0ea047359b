"""Invoices as a file."""

from __future__ import annotations

from chalicelib.trade.invoices.models import Invoice
from infra.local.partners import Partners
from tests.harness import Cloud, MovableClock
from tests.mall.exports.conftest import Desk
from tests.trade.exports.test_lines import total
from tests.trade.invoices.conftest import COMPANY
from tests.trade.invoices.conftest import Desk as Accounting


def test_invoices_by_the_day_they_were_asked_for(
    desk: Desk, cloud: Cloud, frozen: MovableClock, partners: Partners
) -> None:
    office = Accounting(desk.http, frozen, cloud, desk.drain, partners)
    office.buyer.post("/me/invoice-titles", json=COMPANY | {"address": "=1+1", "bank_account": "6222020200112233"}).ok()
    first, second = office.completed(9_900), office.completed(12_345, wallet=2_345)
    asked = [office.ask(each).ok()["id"] for each in (first, second)]
    office.issue(asked[1], 10_000).ok()
    desk.rights = ("data.export", "invoices.read")
    rows = desk.table("invoices")
    assert [(row["申请编号"], row["订单号"], row["状态"], row["发票号码"]) for row in rows] == [
        (asked[0], first.number, "待开具", ""),
        (asked[1], second.number, "已开具", "26332000000012345678"),
    ]
    assert (rows[0]["抬头"], rows[0]["税号"], rows[0]["抬头类型"]) == ("思屿科技", "91350100M000100Y43", "企业")
    assert (rows[0]["地址"], rows[0]["银行账号"]) == ("'=1+1", "6222020200112233")
    assert total(rows, "金额") == sum(each.amount for each in Invoice.scan())
    assert [row["申请编号"] for row in desk.table("invoices", state="issued")] == [asked[1]]
    assert desk.table("invoices", to_day="2026-11-23") == []
