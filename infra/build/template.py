"""The app stack's template: Chalice's, finished, with infra/aws/app.yaml over it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.build import calls, front, functions
from infra.build.stages import Stage
from infra.build.target import AWS, OUT, ROOT, Arch, BuildError
from infra.build.tree import copy_source
from infra.local.cloud import parse
from infra.local.partners.keys import credentials

Document = dict[str, Any]
APP = AWS / "app.yaml"
_PREFIX = "siyu-"  # the mall's own default, in which Chalice finds the queues' names


def app_template(stage: Stage, arch: Arch) -> Document:
    """The whole template of one stage. Needs no network and no credentials."""
    template = front.gathered(chalice_template(stage))
    functions.shape(template, calls.load(), arch, _PREFIX)
    merged: Document = merge(template, parse(APP.read_text(encoding="utf-8")))
    if stage.front == front.HTTP:
        merged = merge(front.without_rest(merged), front.overlay(stage.parameters))
    whole: Document = merge(merged, {"Globals": {"Function": {"Environment": {"Variables": stage.settings}}}})
    return whole


def merge(under: Any, over: Any) -> Any:
    """*over* laid onto *under*: dictionaries key by key, everything else replaced."""
    if not (isinstance(under, dict) and isinstance(over, dict)):
        return over
    return {**under, **{key: merge(under.get(key), value) for key, value in over.items()}}


def chalice_template(stage: Stage) -> Document:
    """What ``chalice package`` makes of app.py, without any dependency in its zip."""
    with tempfile.TemporaryDirectory() as directory:
        project = Path(directory) / "app"
        project.mkdir()
        copy_source(project)
        shutil.copytree(ROOT / ".chalice", project / ".chalice", ignore=shutil.ignore_patterns("deployments", "venv"))
        (project / "requirements.txt").touch()
        command = [sys.executable, "-c", "import sys; from chalice.cli import main; sys.exit(main())"]
        command += ["package", "--stage", stage.name, str(Path(directory) / "out")]
        done = subprocess.run(
            command, cwd=project, env=_environment(stage), capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise BuildError(f"chalice package failed:\n{(done.stdout + done.stderr)[-3000:]}")
        made: Document = json.loads((Path(directory) / "out" / "sam.json").read_text(encoding="utf-8"))
        return made


def _environment(stage: Stage) -> dict[str, str]:
    """app.py is imported to be described: it wants settings, and none of these values reaches the template."""
    console = {"SIYU_CONSOLE_ORIGIN": stage.console_origin} if stage.console_origin else {}
    here = {name: os.environ.get(name, "") for name in ("PATH", "HOME")}
    return {**here, **placeholders(), "AWS_DEFAULT_REGION": stage.region, **console}


def placeholders() -> dict[str, str]:
    """Settings with which the mall can be imported, in any stage; none of these values is anywhere a secret."""
    made = credentials(OUT / "partners.json").environment("", "")
    return {
        "AWS_DEFAULT_REGION": "cn-northwest-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "SIYU_STAGE": "test",
        "SIYU_SESSION_SECRET": "-" * 32,
        **{name: value for name, value in made.items() if value and not name.endswith("_BASE_URL")},
    }


def dump(template: Mapping[str, Any]) -> str:
    """The template's text: compact, because CloudFormation counts."""
    return json.dumps(template, separators=(",", ":"), ensure_ascii=False, sort_keys=True) + "\n"
