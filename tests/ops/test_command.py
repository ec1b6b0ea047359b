"""``python -m infra.ops`` as an operator types it, against the laptop's mall over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib.core import aws, logs
from chalicelib.core.settings import settings
from infra.local.gateway import Answer
from infra.local.runner import Runner
from infra.local.services import PREFIX, Services
from infra.ops import jobs
from infra.ops.__main__ import main
from tests.harness import Cloud, MovableClock

Run = Callable[..., tuple[int, Any, str]]


@pytest.fixture
def run(cloud: Cloud, _app: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """``run("job", "list")``: exit code, what was answered (JSON), what was said."""
    door = Services(None, settings().table_prefix)
    runner = Runner(
        _app,
        sqs=aws.client("sqs"),
        now=MovableClock(),
        queue_url_base=settings().queue_url_base,
        prefix=settings().table_prefix,
        region=settings().region,
        port=0,
        mounts={PREFIX: door},
    )
    door.run_job = runner.run_job
    runner.start(background=False)

    def command(*words: str) -> tuple[int, Any, str]:
        fixed = ["--port", runner.url.rpartition(":")[2], "--log", str(tmp_path / "mall.log"), "--json"]
        code = main([*fixed, *words])
        said = capsys.readouterr()
        return code, json.loads(said.out) if said.out.startswith(("[", "{")) else said.out, said.err

    yield command
    runner.stop()


@pytest.mark.skipif("__import__('os').environ.get('DB') == 'dynoxide'", reason="the laptop's moto is asked")
class TestOnTheLaptop:
    def test_dead_letters_looked_at_and_sent_again(self, run: Run, cloud: Cloud, drain: Any) -> None:
        body = json.dumps({"subscriber": "nobody", "event_id": "evt_1", "event": "E", "correlation_id": "request-1"})
        aws.client("sqs").send_message(QueueUrl=settings().queue_url_base + "tracking", MessageBody=body)
        drain(redeliver=True)
        code, (row,), _ = run("dead-letters", "list")
        assert (code, row["queue"], row["correlation_id"]) == (0, "tracking", "request-1")
        code, _, said = run("--dry-run", "dead-letters", "replay", "--id", row["id"])
        assert (code, "nothing was changed" in said) == (0, True)
        assert cloud.memory.bodies("siyu-tracking") == []
        code, _, said = run("dead-letters", "replay", "--all", "--queue", "tracking")
        assert (code, "1 of 1 sent again" in said) == (0, True)
        assert cloud.memory.bodies("siyu-tracking") == [body]
        assert run("dead-letters", "list")[1] == []
        assert run("dead-letters", "delete", row["id"], "--reason", "gone")[0] == 1

    def test_a_job_now(self, run: Run) -> None:
        code, answer, said = run("job", "run", "deliver_due_events")
        assert (code, answer) == (0, [{"job": "deliver_due_events", "result": None}]), said
        code, _, said = run("job", "run", "make_coffee")
        assert (code, "no job 'make_coffee'" in said) == (1, True)

    def test_a_job_that_fails_says_so(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail() -> None:
            raise RuntimeError("the index is gone")

        from chalicelib.core import jobs as kernel

        monkeypatch.setitem(kernel._jobs, "rebuild_search_index", fail)
        code, _, said = run("search-index", "rebuild")
        assert (code, "RuntimeError: the index is gone" in said) == (1, True)

    def test_a_table_there_and_back(self, run: Run, cloud: Cloud, tmp_path: Path) -> None:
        from chalicelib.core.inbox import InboxItem

        InboxItem(id="evt_1/事件", expires_at=7).save()
        before = cloud.items("inbox")
        code, answer, _ = run(
            "table", "export", "inbox", "--directory", str(tmp_path / "x"), "--upload", "s3://siyu-work/x"
        )
        assert (code, answer[0]["items"]) == (0, 1)
        InboxItem(id="evt_1/事件", expires_at=0).delete()
        code, answer, _ = run("table", "restore", str(tmp_path / "y"), "--download", "s3://siyu-work/x")
        assert (code, answer) == (0, [{"put": 1, "kept": 0}])
        assert cloud.items("inbox") == before

    def test_status(self, run: Run, cloud: Cloud) -> None:
        code, found, _ = run("status")
        assert code == 0
        assert {row["queue"] for row in found["queues"]} >= {"reactions", "payments", "tracking"}
        assert all(row["dead"] == row["waiting"] == 0 for row in found["queues"])
        assert [row["shard"] for row in found["outbox"]] == [0, 1, 2, 3]
        assert found["parked"] == [{"parked": 0}]

    def test_one_id_through_the_log(self, run: Run, tmp_path: Path) -> None:
        formatter = logs.JsonFormatter()
        import logging

        def line(text: str, **extra: Any) -> str:
            record = logging.makeLogRecord({"msg": text, "levelname": "INFO", "name": "x", **extra})
            return formatter.format(record)

        with logs.correlated("request-9"):
            ours = [line("request", route="POST /orders"), line("reacted", subscriber="trade.cart.remove_ordered")]
        with logs.correlated("request-8"):
            other = line("request", note="request-9 is mentioned here")
        (tmp_path / "mall.log").write_text("\n".join([ours[0], other, ours[1]]) + "\n", encoding="utf-8")
        code, answer, _ = run("trace", "request-9")
        assert (code, [each["message"] for each in answer]) == (0, ["request", "reacted"])
        assert run("trace", 'x" | fields @message')[0] == 1, "no query is made of it"

    def test_the_laptop_keeps_no_secrets(self, run: Run) -> None:
        code, _, said = run("secrets", "rotate-session", "prepare")
        assert (code, "keeps no secrets" in said) == (1, True)


def test_a_mall_that_is_not_up_and_a_stage_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--port", "9", "status"]) == 1
    assert "Could not connect" in capsys.readouterr().err
    assert main(["--stage", "nowhere", "status"]) == 1
    assert "no stage 'nowhere'" in capsys.readouterr().err
    assert main(["--stage", "../x", "status"]) == 1


def test_the_jobs_are_the_malls(_app: Any) -> None:
    from chalicelib.core import jobs as kernel

    assert jobs.names() == kernel.names()


class TestTheDoor:
    def ask(self, headers: list[tuple[str, str]], target: str = PREFIX + "/") -> Answer:
        return Services(None, "siyu-")("POST", target, headers, b"{}")

    def test_takes_what_boto3_signs_only(self) -> None:
        assert self.ask([]).status == 400
        assert self.ask([("Authorization", "Bearer x")]).status == 400

    def test_says_what_is_not_played(self) -> None:
        scope = "AWS4-HMAC-SHA256 Credential=laptop/20261124/cn-northwest-1/%s/aws4_request"
        for name in ("siyu-nothing", "siyu-deliver_due_events"):
            path = f"{PREFIX}/2015-03-31/functions/{name}/invocations"
            assert self.ask([("Authorization", scope % "lambda")], path).status == 404, "no runner yet"
