"""``make audit``: is there a known vulnerability in what we ship? An answer, or a failure; never a silence.

pip-audit says "no known vulnerabilities" also of what it could not look up. So a version that is known to be
vulnerable is asked about in the same run: when nothing is known of it, the advisories were not reached and nothing
was checked.
Needs the network; no part of ``make test``.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra.build.lock import LOCK, canonical, pins
from infra.build.target import OUT

TOOL = "pip-audit==2.10.1"
#: Advisories of 2021 to 2023, among them PYSEC-2021-108 and CVE-2023-43804.
CANARY = ("urllib3", "1.26.4")


def problems(report: dict[str, Any], locked: dict[str, str]) -> Iterator[str]:
    """What a report in pip-audit's JSON says of *locked* (name → version), the canary not counted."""
    found = {(canonical(each["name"]), each.get("version")): each for each in report.get("dependencies", [])}
    canary = found.get(CANARY, {})
    if not canary.get("vulns"):
        yield f"nothing was checked: the advisories are not reached, or {'=='.join(CANARY)} would be among them"
        return
    for name, version in sorted(locked.items()):
        entry = found.get((name, version))
        if entry is None or "vulns" not in entry:
            reason = (entry or {}).get("skip_reason", "not in the report")
            yield f"{name}=={version} was not checked: {reason}"
        for each in (entry or {}).get("vulns", []):
            mended = ", ".join(each.get("fix_versions", [])) or "nowhere yet"
            yield f"{name}=={version}: {each['id']}, mended in {mended}"


def run(requirements: dict[str, str], directory: Path) -> dict[str, Any]:
    """pip-audit's report of these pins, all its entries, from an environment of its own."""
    python = directory / "venv" / "bin" / "python"
    if not python.exists():
        venv.create(directory / "venv", with_pip=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", TOOL], check=True)
    with tempfile.TemporaryDirectory() as temporary:
        pinned, report = Path(temporary) / "pinned.txt", Path(temporary) / "report.json"
        pinned.write_text("".join(f"{name}=={version}\n" for name, version in requirements.items()), encoding="utf-8")
        command = [str(python), "-m", "pip_audit", "--no-deps", "--disable-pip", "-f", "json"]
        command += ["-r", str(pinned), "-o", str(report)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if not report.exists():
            sys.exit(f"audit: pip-audit gave no report:\n{done.stderr[-1500:]}")
        found: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
        return found


def main() -> None:
    locked = pins(LOCK.read_text(encoding="utf-8"))
    entries = run(locked, OUT / "audit")["dependencies"] + run(dict([CANARY]), OUT / "audit")["dependencies"]
    if wrong := list(problems({"dependencies": entries}, locked)):
        sys.exit("audit:\n  " + "\n  ".join(wrong))
    print(f"audit: {len(locked)} packages, none with a known vulnerability")


if __name__ == "__main__":
    main()
