"""The watching stack: nothing is left unwatched, and nothing is watched that nobody says."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from chalicelib import wiring
from chalicelib.core import events, jobs, metrics
from infra.local.cloud import Template
from infra.local.faults import answers
from infra.local.partners import Partners
from infra.watch import Mall, read, template
from infra.watch.alarms import alarms
from infra.watch.dashboard import GROUPS, body
from tests.bench.operations import Story
from tests.harness import Client, Cloud, MovableClock
from tests.journeys.people import Customer
from tests.mall.catalog import factories as catalog

Point = tuple[str, tuple[tuple[str, str], ...]]


@pytest.fixture(scope="module")
def mall(_app: Any) -> Mall:
    return read("siyu-")


def _alarmed(mall: Mall) -> list[tuple[str, Point]]:
    """(namespace, (metric, dimensions)) of every input of every alarm."""
    found = []
    for each in alarms(mall).values():
        inputs = [entry["MetricStat"]["Metric"] for entry in each.get("Metrics", ()) if "MetricStat" in entry]
        for one in inputs or [each]:
            who = tuple((entry["Name"], entry["Value"]) for entry in one.get("Dimensions", ()))
            found.append((one["Namespace"], (one["MetricName"], who)))
    return found


def _shown(mall: Mall) -> list[tuple[str, Point]]:
    """The same, of every line on the dashboard."""
    lines = [line for widget in body(mall, "r")["widgets"] for line in widget["properties"]["metrics"]]
    return [(line[0], (line[1], tuple(zip(line[2::2], line[3::2], strict=True)))) for line in lines]


class TestNothingIsLeftUnwatched:
    def test_queues(self, mall: Mall, _template: Template) -> None:
        data = {each.properties["Dimensions"][0]["Value"] for each in _template.resources("AWS::CloudWatch::Alarm")}
        assert set(mall.dead) <= data, "a dead-letter queue brings its alarm in data.yaml"
        ages = {dict(who)["QueueName"] for _, (name, who) in _alarmed(mall) if name == "ApproximateAgeOfOldestMessage"}
        assert ages == set(mall.queues)
        assert {f"{each}-dead" for each in mall.queues} == set(mall.dead)

    def test_functions_and_jobs(self, mall: Mall, _app: Any) -> None:
        names = {"api", *(source.name for source in _app.event_sources)}
        assert set(mall.functions) == names
        of = lambda metric: {dict(who).get("FunctionName") for _, (name, who) in _alarmed(mall) if name == metric}  # noqa: E731
        assert of("Errors") == set(mall.functions.values())
        assert of("Invocations") == {f"siyu-{name}" for name in jobs.names()}
        assert of("Throttles") == {None}

    def test_partners(self, mall: Mall) -> None:
        alarmed = {dict(who).get("partner") for _, (name, who) in _alarmed(mall) if name == "PartnerErrors"}
        assert alarmed == set(mall.partners) >= {"wechat", "wechat_pay"}

    def test_names_of_a_stage(self, _app: Any) -> None:
        named = read("siyu-prod-")
        assert named.functions["payments"] == "siyu-prod-payments"
        assert "siyu-prod-payments-dead" in named.dead
        assert {where for where, _ in _alarmed(named) if not where.startswith("AWS/")} == {"siyu-prod"}


class TestPatience:
    @pytest.mark.parametrize("job", ["deliver_due_events", "poll_refunds", "count_hot_words", "rebuild_search_index"])
    def test_a_job_may_be_late_and_is_missed(self, mall: Mall, job: str) -> None:
        alarm = alarms(mall)[f"siyu-not-run-{job.replace('_', '-')}"]
        watched = timedelta(seconds=alarm["Period"] * alarm["EvaluationPeriods"])
        assert mall.jobs[job] < watched <= max(5 * mall.jobs[job], timedelta(minutes=5))
        assert alarm["TreatMissingData"] == "breaching", "no run, no data: that is the trouble"

    def test_cloudwatch_looks_back_no_further(self, mall: Mall) -> None:
        for name, each in alarms(mall).items():
            periods = (
                [each["Period"]]
                if "Period" in each
                else [one["MetricStat"]["Period"] for one in each["Metrics"] if "MetricStat" in one]
            )
            assert len(set(periods)) == 1, name
            assert periods[0] % 60 == 0
            most = timedelta(days=7 if periods[0] >= 3600 else 1)
            assert timedelta(seconds=periods[0] * each["EvaluationPeriods"]) <= most, name


class TestNothingIsWatchedThatNobodySays:
    def test_every_metric_of_ours_is_one_that_the_code_wrote(
        self,
        mall: Mall,
        cloud: Cloud,
        frozen: MovableClock,
        http: Client,
        partners: Partners,
        drain: Any,
        sweep: Any,
        written: Callable[[], list[dict[str, Any]]],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        Story(http, partners, drain).tell()
        sweep()
        self._lost_notice(http, partners, sweep)
        self._late_money(http, partners, drain, sweep)
        self._trouble(http, monkeypatch)
        recorded = {point for line in written() if "_aws" in line for point in _points(line)}
        named = {point for where, point in (*_alarmed(mall), *_shown(mall)) if where == "siyu"}
        # What a feature of a later floor will announce, or what takes a release to happen: written by tests/core.
        elsewhere = {"OrdersCompleted", "Alarms", "EventsParked", "ReactionFailures", "UnreadableMessages"}
        missing = {(name, who) for name, who in named - recorded if name not in elsewhere}
        assert {name for name, _ in missing} <= {"ServerErrors", "PartnerErrors", "PartnerCalls", "Latency"}, missing
        assert {name for name, _ in named if name not in elsewhere} <= {name for name, _ in recorded}

    def _lost_notice(self, http: Client, partners: Partners, sweep: Any) -> None:
        product = catalog.product("lost", name="长绒棉毛巾", **catalog.plain(price_amount=2_900))
        customer = Customer.settle_in(http, partners, "o-lost")
        line = {"product_id": product.id, "sku_id": product.skus[0].id, "quantity": 1}
        partners.faults.notice("lost", times=1)
        customer.confirm_sheet(customer.open_sheet(customer.order([line])))
        partners.wechat_pay.notices.deliver_due()
        sweep(minutes=3)

    def _late_money(self, http: Client, partners: Partners, drain: Any, sweep: Any) -> None:
        product = catalog.product("late", name="长绒棉毛巾", **catalog.plain(price_amount=2_900))
        line = {"product_id": product.id, "sku_id": product.skus[0].id, "quantity": 1}
        for number, outcome in enumerate(("SUCCESS", "ABNORMAL")):
            customer = Customer.settle_in(http, partners, f"o-late-{number}")
            begun = customer.open_sheet(customer.order([line]))
            sweep(minutes=31)
            customer.confirm_sheet(begun, even_closed=True)
            partners.wechat_pay.notices.deliver_due()
            partners.wechat_pay.refunds_succeed = False
            drain()
            (refund,) = partners.wechat_pay.books.trades[begun["payment_id"]].refunds
            partners.wechat_pay.settle_refund(refund, outcome)
            partners.wechat_pay.notices.deliver_due()
            drain()

    def _trouble(self, http: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        def die(**_: Any) -> None:
            raise RuntimeError("a fault of ours")

        # Two throttles are repeated in silence; the third cause is a fault, and a partner that nobody can reach.
        with answers.throttle("GetItem", times=2):
            http.get("/products/suggestions", query={"prefix": "毛"}).ok()
        operation = wiring._operation("chalicelib.mall.storefront.browsing.routes", "GET", "/categories")
        monkeypatch.setattr(type(operation), "view", property(lambda self: die), raising=False)
        assert http.get("/categories").status == 500
        monkeypatch.undo()
        from chalicelib.core.http import PartnerError, retried, send

        with pytest.raises(PartnerError):
            retried(lambda: send("wechat", "GET", "http://127.0.0.1:9/"), idempotent=True)

    def test_dimensions_are_those_that_the_code_writes(self, mall: Mall, _app: Any) -> None:
        groups = {operation.group for operation in wiring.operations()}
        assert groups == set(GROUPS)
        allowed = {"group": groups, "queue": set(mall.queues), "partner": set(mall.partners)}
        for where, (name, who) in (*_alarmed(mall), *_shown(mall)):
            if where == "siyu":
                assert tuple(key for key, _ in who) in metrics.KERNEL.get(name, ((),)), name
                assert all(value in allowed[key] for key, value in who), name

    def test_what_is_counted_are_events_with_such_fields(self, _app: Any) -> None:
        for name, counted in wiring.COUNTED.items():
            for each in counted:
                _, _, field = each.partition(":")
                assert not field or field in events.kind(name).model_fields

    def test_own_metrics_are_few(self, mall: Mall, _app: Any) -> None:
        """Each is paid by the month: this many, however large the mall grows."""
        size = {"group": len(GROUPS), "queue": len(mall.queues), "partner": len(mall.partners), "kind": 5}
        own = dict(metrics.KERNEL) | {
            each.partition(":")[0]: ((),) for names in wiring.COUNTED.values() for each in names
        }
        count = 0
        for dimensions in own.values():
            for each in dimensions:
                number = 1
                for key in each:
                    number *= size[key]
                count += number
        assert count <= 80


def _points(line: dict[str, Any]) -> list[Point]:
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    return [
        (metric["Name"], tuple((key, line[key]) for key in dimensions))
        for metric in directive["Metrics"]
        for dimensions in directive["Dimensions"]
    ]


class TestTemplate:
    def test_cloudformation_takes_it(self, mall: Mall, cloud: Cloud, tmp_path: Path) -> None:
        document = template(mall)
        text = json.dumps(document)
        assert len(text) < 900_000
        assert len(document["Resources"]) < 450
        path = tmp_path / "watch.json"
        path.write_text(text, encoding="utf-8")
        lint = [str(Path(sys.executable).with_name("cfn-lint")), "--regions", "cn-northwest-1", "us-east-1", "--"]
        assert subprocess.run([*lint, str(path)], capture_output=True, text=True, check=False).stdout == ""

    def test_behind_an_http_api(self, _app: Any, cloud: Cloud, tmp_path: Path) -> None:
        """Its metrics have other names, and it is known by an id that the app stack tells."""
        document = template(read("siyu-test-", "http"))
        assert document["Parameters"]["HttpApiId"]["Type"] == "String"
        alarm = document["Resources"]["SiyuTestApi5xx"]["Properties"]
        assert (alarm["MetricName"], alarm["Dimensions"][0]) == (
            "5xx",
            {"Name": "ApiId", "Value": {"Ref": "HttpApiId"}},
        )
        board = document["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
        assert '"5xx","ApiId","${HttpApiId}","Stage","$default"' in board
        assert "ApiName" not in json.dumps(document)
        path = tmp_path / "watch.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        lint = [str(Path(sys.executable).with_name("cfn-lint")), "--regions", "cn-northwest-1", "us-east-1", "--"]
        assert subprocess.run([*lint, str(path)], capture_output=True, text=True, check=False).stdout == ""

    def test_cloudwatch_takes_each(self, mall: Mall, cloud: Cloud) -> None:
        """moto's CloudFormation knows no alarms: they are made one by one, as CloudFormation would."""
        watch = boto3.client("cloudwatch", "us-west-2")
        for properties in alarms(mall).values():
            watch.put_metric_alarm(**properties)
        made = [each for page in watch.get_paginator("describe_alarms").paginate() for each in page["MetricAlarms"]]
        assert {each["AlarmName"] for each in made} == set(alarms(mall))
        watch.put_dashboard(DashboardName="siyu-test", DashboardBody=json.dumps(body(mall, "us-west-2")))
