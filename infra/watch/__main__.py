"""``python -m infra.watch --stage prod``: prints the template of the watching stack."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from infra.watch import read, template


def main() -> None:
    parser = argparse.ArgumentParser("python -m infra.watch", description="The template of alarms and dashboard.")
    parser.add_argument("--stage", default="prod", help="local, test, dev or prod: part of the metrics' namespace")
    parser.add_argument("--prefix", default="siyu-", help="as the data stack has it")
    parser.add_argument("--names", help="JSON file: function name in app.py → its name in AWS")
    options = parser.parse_args()
    deployed = None
    if options.names:
        deployed = json.loads(Path(options.names).read_text(encoding="utf-8")).__getitem__
    print(json.dumps(template(read(options.stage, options.prefix, deployed)), indent=1))


if __name__ == "__main__":
    main()
