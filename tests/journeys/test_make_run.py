"""``make run`` as a person meets it: another process, real ports, signals."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.local import dynoxide

ROOT = Path(__file__).parents[2]
START_SECONDS = 180  # half a minute on a quiet machine


def free_ports() -> tuple[int, int]:
    """Two that nobody has, from below the range that outgoing connections take."""
    while True:
        first = 20_000 + (os.getpid() * 7 + time.monotonic_ns() // 1000) % 9_000
        try:
            for port in (first, first + 1):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first, first + 1


def command(*more: str, port: int = 0, partners_port: int = 0) -> list[str]:
    ports = ["--port", str(port), "--partners-port", str(partners_port)] if port else []
    return [sys.executable, "-m", "infra.local", *ports, *more]


def environment(**more: str) -> dict[str, str]:
    """Without what the tests have set: the program finds its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SIYU_", "AWS_"))}
    kept = {name: value for name, value in kept.items() if name not in ("PORT", "PARTNERS_PORT", "DB")}
    return {**kept, "PYTHONUNBUFFERED": "1", **more}


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The program, up and waiting, with everything that it printed."""
    port, partners_port = free_ports()
    process = subprocess.Popen(
        command("--no-story", "--directory", str(tmp_path), port=port, partners_port=partners_port),
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    printed = ""
    with process:
        for line in process.stdout:
            printed += line
            if "/admin/sessions -H" in line:  # the last of the commands
                break
        yield process, printed
        if process.poll() is None:
            process.kill()


@pytest.mark.parametrize("database", ["moto", "dynoxide"])
def test_the_story_is_played_and_everything_ends(tmp_path: Path, database: str) -> None:
    if database == "dynoxide" and dynoxide.find() is None and not os.environ.get("CI"):
        pytest.skip("dynoxide has not been fetched: make tools")
    port, partners_port = free_ports()
    played = subprocess.run(
        command("--once", "--db", database, "--directory", str(tmp_path), port=port, partners_port=partners_port),
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )
    log = (tmp_path / "mall.log").read_text(encoding="utf-8")
    alarming = [line for line in log.splitlines() if '"level":"ERROR"' in line]
    assert (played.returncode, played.stderr) == (0, ""), "\n".join(alarming[-5:])
    told = played.stdout
    steps = (
        "四件套 →",
        "still processing",
        "canceled by itself",
        "back by itself, once",
        "sums to its balance",
        "each fen",
    )
    for expected in (*steps, "Played in"):
        assert expected in told, told
    assert "Traceback" not in told
    assert "unexpected failure" not in log
    assert (tmp_path / "mall.db").exists() == (database == "dynoxide")


def test_what_it_prints_works_and_ctrl_c_ends_it(running: tuple[subprocess.Popen[str], str]) -> None:
    process, printed = running
    commands = re.findall(r"^curl .*$", printed, re.MULTILINE)
    assert len(commands) == 3
    answers = [pasted(each) for each in commands]
    assert answers[0]["total"] == 2
    assert answers[1] == {"items": [], "cursor": None}
    assert answers[2]["token"]
    base = re.search(r"^ +API +(http://\S+)$", printed, re.MULTILINE)
    assert base is not None
    assert "<html" in fetched(f"{base[1]}/docs").lower()
    picture = answers[0]["items"][0]["picture"]
    assert subprocess.run(["curl", "-sf", picture], capture_output=True, check=True).stdout.startswith(b"\xff\xd8\xff")

    process.send_signal(signal.SIGINT)
    begun = time.monotonic()
    assert process.wait(timeout=10) == 0
    assert time.monotonic() - begun < 5  # about one on a quiet machine


def test_sigterm_ends_it_too(running: tuple[subprocess.Popen[str], str]) -> None:
    process, _ = running
    process.terminate()
    assert process.wait(timeout=10) == 0


def test_a_busy_port_is_one_clear_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for options in (
            command(port=port, partners_port=port + 1),
            command(port=port - 1, partners_port=port),
        ):
            refused = subprocess.run(options, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)
            assert refused.returncode == 2
            assert refused.stderr.startswith(f"Siyu can not start: port {port} is taken by another program")
            assert refused.stderr.count("\n") == 1


def test_the_story_in_the_readme_works(running: tuple[subprocess.Popen[str], str]) -> None:
    _, printed = running
    block = (ROOT / "README.md").read_text(encoding="utf-8").partition("## The story in curl")[2]
    script = block.partition("```sh\n")[2].partition("```")[0]
    for port, what in (("8000", "API"), ("8001", "partners")):
        found = re.search(rf"^ +{what} +(http://\S+)", printed, re.MULTILINE)
        assert found is not None
        script = script.replace(f"http://127.0.0.1:{port}", found[1])
    told = subprocess.run(["bash", "-eu", "-c", script], capture_output=True, text=True, check=False)
    assert told.stdout.split() == ["2", "SUCCESS", "paid"], told.stdout + told.stderr


def test_dynoxide_without_npm_is_one_clear_line(tmp_path: Path) -> None:
    """As on a machine that has never fetched it and can not."""
    port, partners_port = free_ports()
    arguments = command("--db", "dynoxide", port=port, partners_port=partners_port)[3:]
    program = (
        "import sys, pathlib; from infra.local import __main__ as laptop, dynoxide;"
        f"dynoxide.TOOLS = pathlib.Path({str(tmp_path)!r}); sys.exit(laptop.main({arguments!r}))"
    )
    refused = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment(PATH=str(tmp_path)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 2
    assert "npm" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("wrong", [{"PORT": "mine"}, {"DB": "sqlite"}])
def test_a_wrong_choice_is_refused(wrong: dict[str, str]) -> None:
    refused = subprocess.run(command(), cwd=ROOT, env=environment(**wrong), capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert repr(next(iter(wrong.values()))) in refused.stderr
    assert "Traceback" not in refused.stderr


def pasted(command_line: str) -> Any:
    """What a shell makes of it."""
    return json.loads(subprocess.run(["bash", "-c", command_line], capture_output=True, text=True, check=True).stdout)


def fetched(url: str) -> str:
    return subprocess.run(shlex.split(f"curl -sf {url}"), capture_output=True, text=True, check=True).stdout
