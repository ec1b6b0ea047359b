"""``python -m tests.bench [section …] [--write]``: measures, prints tables, renews docs/performance.md.

Sections: cold units http contention coupons flash_sale rush search posters queues segments exports reconciliation cost.
Without any: all. That of cost is docs/cost.md. One more, ``package``, wants ``make package`` before.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
from datetime import UTC, datetime
from importlib import import_module, metadata
from pathlib import Path

from tests.bench.cold import ROOT

RUSHES = ("contention", "coupons", "flash_sale", "rush")
SECTIONS = (
    "cold",
    "units",
    "http",
    *RUSHES,
    "search",
    "posters",
    "queues",
    "segments",
    "exports",
    "reconciliation",
    "cost",
)
APART = ("package",)
LIBRARIES = ("chalice", "botocore", "pynamodb", "pydantic", "tantivy", "moto")


def main() -> None:
    parser = argparse.ArgumentParser("python -m tests.bench", description=__doc__)
    parser.add_argument("sections", nargs="*", metavar="section", help=", ".join([*SECTIONS, *APART]))
    parser.add_argument("--write", action="store_true", help="renew the sections of docs/performance.md")
    chosen = parser.parse_args()
    if unknown := set(chosen.sections) - {*SECTIONS, *APART}:
        parser.error(f"no such section: {', '.join(sorted(unknown))}")
    for name in chosen.sections or SECTIONS:
        text = f"{import_module(f'tests.bench.{name}').table()}\n\n{circumstances()}"
        print(f"\n## {name}\n\n{text}", flush=True)
        if chosen.write:
            write(name, text)


def circumstances() -> str:
    """Where and with what it was measured."""
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in LIBRARIES)
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    machine = f"{os.cpu_count()} cores ({cpu.group(1) if cpu else platform.machine()})"
    load = os.getloadavg()[0]
    return (
        f"*{datetime.now(UTC):%Y-%m-%d}, {machine}, load {load:.1f}, "
        f"{platform.python_implementation()} {platform.python_version()}, {versions}.*"
    )


def write(name: str, text: str) -> None:
    """Put *text* between the marks of the section *name*."""
    document = ROOT / "docs" / ("cost.md" if name == "cost" else "performance.md")
    before = document.read_text(encoding="utf-8")
    pattern = rf"(<!-- bench:{name} -->\n).*?(<!-- /bench:{name} -->)"
    after, count = re.subn(pattern, lambda found: f"{found[1]}{text}\n{found[2]}", before, flags=re.DOTALL)
    if count != 1:
        raise RuntimeError(f"{document.name} has no section {name}")
    document.write_text(after, encoding="utf-8")


if __name__ == "__main__":
    main()
