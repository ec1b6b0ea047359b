"""``python -m infra.local.index``: writes chalicelib/index.json, which says what is imported for what."""

from __future__ import annotations

import json
import os
from importlib import import_module
from typing import Any

from infra.local import memory
from infra.local.partners.keys import credentials

_NOWHERE = "http://127.0.0.1:9"


def built() -> dict[str, Any]:
    """The index as the lists in wiring.py and the modules they name make it."""
    from chalicelib import wiring
    from chalicelib.core import events, jobs

    for name in (*wiring.ROUTES, *wiring.SUBSCRIBERS, *wiring.JOBS):
        import_module(name)
    ours = [each for each in events.all_subscribers() if each.react.__module__ in wiring.SUBSCRIBERS]
    kinds = [each for each in events.all_kinds() if each.__module__.startswith("chalicelib.")]
    found = {name: jobs.find(name).__module__ for name in jobs.names()}
    return {
        "routes": [
            {"module": module, "method": each.method, "path": each.path}
            for module in (*wiring.ROUTES, wiring.__name__)
            for each in wiring.api_of(module).operations
        ],
        "events": {each.__name__: each.__module__ for each in sorted(kinds, key=lambda kind: kind.__name__)},
        "reactions": [
            {"event": each.kind.__name__, "name": each.name, "queue": each.queue, "module": each.react.__module__}
            for each in sorted(ours, key=lambda subscriber: subscriber.name)
        ],
        "jobs": {name: module for name, module in found.items() if module.startswith("chalicelib.")},
    }


def text() -> str:
    """The file as it is committed."""
    return json.dumps(built(), indent=1) + "\n"


def main() -> None:
    memory.prepare("cn-northwest-1")
    os.environ.update(credentials().environment(_NOWHERE, _NOWHERE), SIYU_STAGE="test", SIYU_SESSION_SECRET="-" * 32)
    from chalicelib import wiring

    wiring.INDEX.write_text(text(), encoding="utf-8")
    print(wiring.INDEX)


if __name__ == "__main__":
    main()
