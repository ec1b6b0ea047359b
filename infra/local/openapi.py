"""``python -m infra.local.openapi``: writes docs/openapi.json from the routes; ``--check`` only compares."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from infra.local import memory
from infra.local.partners.keys import credentials

COPY = Path(__file__).parents[2] / "docs" / "openapi.json"
_NOWHERE = "http://127.0.0.1:9"


def text() -> str:
    """The document as it is committed. The settings must stand (see :func:`main`)."""
    from app import app
    from infra.local.gateway import Gateway

    answer = Gateway(app).request("GET", "/openapi.json")
    if answer.status != 200:
        raise RuntimeError(f"/openapi.json answered {answer.status}")
    return json.dumps(answer.json, ensure_ascii=False, indent=1) + "\n"


def main() -> int:
    memory.prepare("cn-northwest-1")
    os.environ.update(credentials().environment(_NOWHERE, _NOWHERE), SIYU_STAGE="test", SIYU_SESSION_SECRET="-" * 32)
    found = text()
    if "--check" in sys.argv:
        if found != COPY.read_text(encoding="utf-8"):
            print(f"{COPY.name} is behind the routes: make openapi", file=sys.stderr)
            return 1
        return 0
    COPY.write_text(found, encoding="utf-8")
    print(f"{COPY}: {len(json.loads(found)['paths'])} paths")
    return 0


if __name__ == "__main__":
    sys.exit(main())
