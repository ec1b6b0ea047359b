"""The audit can not pass by skipping."""

from __future__ import annotations

from typing import Any

import pytest

from infra.build.audit import CANARY, problems

LOCKED = {"one": "1.0", "two": "2.0"}
CHECKED = {"name": "urllib3", "version": CANARY[1], "vulns": [{"id": "PYSEC-2021-108", "fix_versions": ["1.26.5"]}]}
CLEAN = [{"name": "One", "version": "1.0", "vulns": []}, {"name": "two", "version": "2.0", "vulns": []}]


def told(*entries: dict[str, Any]) -> list[str]:
    return list(problems({"dependencies": list(entries)}, LOCKED))


def test_all_checked_and_clean_passes() -> None:
    assert told(*CLEAN, CHECKED) == []


@pytest.mark.parametrize(
    ("entries", "why"),
    [
        ([*CLEAN, {**CHECKED, "vulns": []}], "nothing was checked"),
        ([*CLEAN, {"name": "urllib3", "skip_reason": "no index"}], "nothing was checked"),
        (CLEAN, "nothing was checked"),
        ([CLEAN[0], CHECKED], "two==2.0 was not checked: not in the report"),
        ([CLEAN[0], {"name": "two", "version": "2.0", "skip_reason": "no index"}, CHECKED], "not checked: no index"),
        ([CLEAN[0], {**CLEAN[1], "version": "2.1"}, CHECKED], "two==2.0 was not checked"),
        (
            [CLEAN[0], {**CLEAN[1], "vulns": [{"id": "CVE-1", "fix_versions": []}]}, CHECKED],
            "two==2.0: CVE-1, mended in nowhere yet",
        ),
    ],
)
def test_anything_else_fails(entries: list[dict[str, Any]], why: str) -> None:
    found = told(*entries)
    assert len(found) == 1, found
    assert why in found[0]
