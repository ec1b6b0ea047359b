"""``python -m infra.watch --prefix siyu-prod-``: prints the template of the watching stack."""

from __future__ import annotations

import argparse
import json

from infra.watch import read, template


def main() -> None:
    parser = argparse.ArgumentParser("python -m infra.watch", description="The template of alarms and dashboard.")
    parser.add_argument("--prefix", default="siyu-prod-", help="as the data stack has it")
    parser.add_argument("--front", choices=("rest", "http"), default="rest", help="as the stage's file says")
    chosen = parser.parse_args()
    print(json.dumps(template(read(chosen.prefix, chosen.front)), indent=1))


if __name__ == "__main__":
    main()
