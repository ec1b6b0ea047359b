"""The arithmetic of docs/cost.md, against sums done by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from infra.cost.bill import MINUTES, Measured, Standing, Usage, Variant, bill, of_month, of_operation, of_orders
from infra.cost.report import STEPS, read_json, standing, tables
from tests.budgets.test_round_trips import TABLE

SHOP: dict[str, Any] = {
    "visits_per_order": 10,
    "per_visit": {"look": 2},
    "per_order": {"buy": 1, "reactions to it": 1},
    "home": {"asks": "look at all", "instead_of": ["look", "look"]},
    "public": ["look", "look at all"],
    "memory_gb": 0.5,
    "vcpu_at_that_memory": 0.5,
    "cpu_ms_per_request": 1,
    "cpu_ms_per_call": 2,
    "wait_ms": {"read": 5, "write": 10, "other": 20},
    "platform_log_bytes": 500,
    "log_months": 2,
    "stored_months": 10,
    "idle_polls_per_queue_and_minute": 15,
}
FOOTPRINTS: dict[str, Any] = {
    "look": {
        "calls": {"dynamodb:GetItem": 1},
        "read_units": 1,
        "write_units": 0,
        "log_bytes": 500,
        "answer_bytes": 600,
    },
    "look at all": {
        "calls": {"dynamodb:GetItem": 2},
        "read_units": 2,
        "write_units": 0,
        "log_bytes": 600,
        "answer_bytes": 1100,
    },
    "buy": {
        "calls": {"dynamodb:TransactWriteItems": 1, "sqs:SendMessageBatch": 1},
        "read_units": 0,
        "write_units": 20,
        "log_bytes": 1500,
        "answer_bytes": 1600,
    },
    "reactions to it": {
        "calls": {"sqs:ReceiveMessage": 9, "sqs:DeleteMessageBatch": 2, "dynamodb:TransactWriteItems": 3},
        "read_units": 0,
        "write_units": 12,
        "log_bytes": 1000,
        "answer_bytes": 0,
    },
}  # fmt: skip
MEASURED = Measured(FOOTPRINTS, kept_bytes=5000)
PRICES = {
    "rest_million": 4, "http_million": 1, "lambda_million": 0.2, "gb_second_x86": 0.00002, "gb_second_arm": 0.00001,
    "read_million": 0.1, "write_million": 0.5, "table_gb_month": 0.3, "recovery_gb_month": 0.2, "sqs_million": 0.4,
    "s3_get_million": 0.4, "out_gb": 0.1, "log_gb": 0.5, "log_gb_month": 0.05, "metric_month": 0.3, "alarm_month": 0.1,
    "dashboard_month": 3,
}  # fmt: skip


def test_a_request() -> None:
    usage = of_operation(FOOTPRINTS["buy"], SHOP, Variant(), reaction=False)
    assert (usage.requests, usage.invocations, usage.sqs, usage.write_units) == (1, 1, 1, 20)
    # One request and two calls on half a core, one transaction and one send to wait for.
    assert usage.gb_seconds == pytest.approx(((1 + 2 * 2) / 0.5 + 10 + 20) / 1000 * 0.5)
    assert usage.log_gb == pytest.approx(2000 / 1e9)
    assert usage.log_kept_gb == pytest.approx(4000 / 1e9)
    assert usage.out_gb == pytest.approx(2000 / 1e9)


def test_reactions_are_runs_by_batch_and_no_requests() -> None:
    usage = of_operation(FOOTPRINTS["reactions to it"], SHOP, Variant(), reaction=True)
    assert (usage.requests, usage.out_gb, usage.invocations) == (0, 0, 2)
    assert usage.sqs == 4, "a batch is received once and deleted once; empty polls are counted by the month"
    assert usage.gb_seconds == pytest.approx(((2 * 1 + 3 * 2) / 0.5 + 3 * 10) / 1000 * 0.5)


def test_orders_with_their_browsing() -> None:
    usage = of_orders(MEASURED, SHOP, Variant(), 100)
    assert usage.requests == 100 * (1 + 10 * 2)
    assert usage.invocations == 100 * (1 + 2 + 20)
    assert usage.read_units == 100 * 20
    assert usage.write_units == 100 * 32
    assert usage.table_gb == pytest.approx(100 * 5 * 10 / 1e6)


def test_what_the_phone_keeps_and_one_call_for_the_home() -> None:
    as_it_is, half = (of_orders(MEASURED, SHOP, Variant(cached=share), 1) for share in (0, 0.5))
    assert (as_it_is.requests, half.requests) == (21, 11)
    assert half.read_units == 10
    one = of_orders(MEASURED, SHOP, Variant(home_in_one=True), 1)
    assert (one.requests, one.invocations, one.read_units) == (11, 13, 20), "one request for two, as it was measured"
    # Each visit has one line of ours and one of Lambda's fewer; the one that is left is longer.
    assert one.log_gb == pytest.approx(as_it_is.log_gb - 10 * (2 * 1000 - 1100) / 1e9)
    both = of_orders(MEASURED, SHOP, Variant(home_in_one=True, cached=0.5), 1)
    assert both.requests == 6


def test_a_month_in_which_nobody_comes() -> None:
    there = Standing(queues=2, runs={"look": MINUTES}, metrics=10, alarms=5)
    usage = of_month(MEASURED, SHOP, Variant(), there)
    assert usage.sqs == 2 * 15 * 43_200
    assert (usage.requests, usage.out_gb, usage.invocations) == (0, 0, 43_200)
    assert bill(usage, PRICES, Variant())["CloudWatch metrics, alarms"] == pytest.approx(10 * 0.3 + 5 * 0.1 + 3)


def test_the_bill() -> None:
    usage = Usage(
        requests=1e6, invocations=2e6, gb_seconds=1000, read_units=1e6, write_units=1e6, table_gb=2, sqs=1e6,
        s3_gets=1e6, out_gb=3, log_gb=4, log_kept_gb=8, metrics=1, alarms=1, dashboards=1,
    )  # fmt: skip
    assert bill(usage, PRICES, Variant()) == pytest.approx(
        {
            "API Gateway": 4, "Lambda": 0.4 + 0.02, "DynamoDB": 0.6, "DynamoDB storage, recovery": 1.0, "SQS": 0.4,
            "S3": 0.4, "Transfer out": 0.3, "CloudWatch logs": 2.0 + 0.4, "CloudWatch metrics, alarms": 3.4,
        }
    )  # fmt: skip
    assert bill(usage, PRICES, Variant(gateway="http", arm=True))["API Gateway"] == 1
    assert bill(usage, PRICES, Variant(gateway="url", arm=True))["API Gateway"] == 0
    assert bill(usage, PRICES, Variant(arm=True))["Lambda"] == pytest.approx(0.41)


class TestReport:
    def test_every_operation_of_the_shop_is_measured(self) -> None:
        shop = read_json("shop.json")
        home = shop["home"]
        assert {*shop["per_visit"], *shop["per_order"], home["asks"], *shop["public"]} <= TABLE.keys()
        assert set(home["instead_of"]) < set(shop["public"]) == {home["asks"], *shop["public"]}
        assert all(shop["per_visit"][name] >= 1 for name in home["instead_of"])

    def test_prices_say_where_they_come_from(self) -> None:
        prices = read_json("prices.json")
        assert prices["as_of"]
        names = [set(each) for each in prices["regions"].values()]
        assert all(each == names[0] for each in names)
        assert {each["currency"] for each in prices["regions"].values()} == {"USD", "CNY"}
        assert all(each["trust"] for each in prices["regions"].values())

    def test_each_step_costs_no_more_than_the_one_before(self, _app: Any) -> None:
        shop, prices = read_json("shop.json"), read_json("prices.json")["regions"]["us-east-1"]
        totals = [sum(bill(of_orders(_made_up(), shop, each, 1000), prices, each).values()) for _, each in STEPS]
        assert totals == sorted(totals, reverse=True)

    def test_tables(self, _app: Any) -> None:
        text = tables(_made_up())
        assert text.count("| --- |") == 5
        assert "per 1,000 orders" in text
        for name in standing().runs:
            assert name in TABLE

    def test_the_document_holds_all_of_them(self) -> None:
        text = Path("docs/cost.md").read_text(encoding="utf-8")
        made = text.partition("<!-- bench:cost -->")[2].partition("<!-- /bench:cost -->")[0]
        assert made.count("| --- |") == 5
        assert json.dumps(read_json("shop.json")["visits_per_order"]) in text


def _made_up() -> Measured:
    return Measured(dict.fromkeys(TABLE, FOOTPRINTS["look"]), kept_bytes=8000)
