"""``python -m infra.local.reference``: writes docs/reference.md from the code."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from infra.local import memory
from infra.local.partners.keys import credentials

COPY = Path(__file__).parents[2] / "docs" / "reference.md"
_NOWHERE = "http://127.0.0.1:9"


def text() -> str:
    """The page as it is committed. The settings must stand (see :func:`main`)."""
    import app  # noqa: F401  the house is wired: every event, job and refusal is known
    from chalicelib import wiring

    wiring.operations()
    return "\n".join(
        [
            "# Reference",
            "",
            "Made from the code by `make openapi`; a test holds it current. Routes: [openapi.json](openapi.json), or",
            "`/docs` of a running mall.",
            *_section(
                "Settings",
                "Environment variables, validated at cold start. Secrets may come from one SSM parameter.",
                _settings(),
            ),
            *_section("Reactions", "Who hears of what, and on which queue.", _reactions()),
            *_section("Jobs", "What runs on a clock.", _jobs()),
            *_section("Refusals", "The `code` of an error body, its status and what people read.", _refusals()),
            *_section(
                "Permissions", "What a role of the staff may hold, and how many routes ask for it.", _permissions()
            ),
            *_section(
                "Open routes",
                "What anybody may call without a token. Hooks verify their partner's signature.",
                _open_routes(),
            ),
            "",
        ]
    )


def _section(title: str, about: str, rows: Iterable[Sequence[str]]) -> Iterator[str]:
    head, *body = rows
    yield from ("", f"## {title}", "", about, "", _row(head), _row(["---"] * len(head)))
    yield from (_row(row) for row in body)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _settings() -> Iterator[Sequence[str]]:
    from chalicelib.core.settings import PREFIX, SECRETS, Settings

    yield "variable", "default", "meaning"
    for name, field in Settings.model_fields.items():
        default = "required" if field.is_required() else f"`{field.default}`"
        secret = " (secret)" if name in SECRETS else ""
        yield f"`{PREFIX}{name.upper()}`", default + secret, field.description or ""


def _reactions() -> Iterator[Sequence[str]]:
    from chalicelib.core import events

    yield "event", "reaction", "queue", "what it does"
    for each in sorted(events.all_subscribers(), key=lambda s: (s.kind.__name__, s.name)):
        yield f"`{each.kind.__name__}`", f"`{each.name}`", each.queue, _first_line(each.react)


def _jobs() -> Iterator[Sequence[str]]:
    import app

    yield "function", "clock"
    for source in app.app.event_sources:
        if hasattr(source, "schedule_expression"):
            expression = source.schedule_expression
            yield f"`{source.name}`", f"`{expression if isinstance(expression, str) else expression.to_string()}`"


def _refusals() -> Iterator[Sequence[str]]:
    from chalicelib import wiring

    yield "code", "status", "message"
    errors = {error for operation in wiring.operations() for error in operation.errors}
    for code, status, message in sorted({(each.code, each.status, each.message) for each in errors}):
        yield f"`{code}`", str(status), message


def _permissions() -> Iterator[Sequence[str]]:
    from chalicelib import wiring
    from chalicelib.mall.identity.staff.models import PERMISSIONS

    yield "permission", "meaning", "routes"
    asked = [operation.permission for operation in wiring.operations()]
    for name, meaning in PERMISSIONS.items():
        yield f"`{name}`", meaning, str(asked.count(name))


def _open_routes() -> Iterator[Sequence[str]]:
    from chalicelib import wiring

    yield "route", "what it does", "cached"
    for each in sorted(wiring.operations(), key=lambda operation: (operation.path, operation.method)):
        if each.actor is None or each.actor_optional:
            cached = f"{each.cache_seconds} s" if each.cache_seconds else ""
            yield f"`{each.method} {each.path}`", _first_line(each.view), cached


def _first_line(thing: object) -> str:
    return (inspect.getdoc(thing) or "").partition("\n")[0]


def main() -> None:
    memory.prepare("cn-northwest-1")
    os.environ.update(credentials().environment(_NOWHERE, _NOWHERE), SIYU_STAGE="test", SIYU_SESSION_SECRET="-" * 32)
    COPY.write_text(text(), encoding="utf-8")
    print(COPY)


if __name__ == "__main__":
    main()
