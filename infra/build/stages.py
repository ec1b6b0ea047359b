"""infra/aws/stages/<stage>.json: what the owner of a stage decides. No secret stands there, only a secret's name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.build.front import FRONTS
from infra.build.target import ARCHS, AWS, STAGES, Arch, BuildError

DIRECTORY = AWS / "stages"
_KEYS = {"region", "arch", "front", "parameters", "settings"}


@dataclass(frozen=True)
class Stage:
    """A stage: its processor, its front (rest, http), *parameters* of the templates, *settings* (``SIYU_*``) of the
    functions; empty ones are left out."""

    name: str
    region: str
    arch: Arch
    front: str
    parameters: dict[str, str]
    settings: dict[str, str]
    unfilled: tuple[str, ...] = ()

    @property
    def prefix(self) -> str:
        """In front of every name of this stage."""
        return self.parameters["Prefix"]

    @property
    def console_origin(self) -> str:
        return self.parameters.get("ConsoleOrigin", "")

    def stack(self, kind: str) -> str:
        """The name of a stack: ``siyu-prod-data``."""
        return self.prefix + kind


def load(name: str, directory: Path = DIRECTORY) -> Stage:
    """:raises BuildError: no such stage, or its file is not what it should be."""
    path = directory / f"{name}.json"
    if name not in STAGES or not path.exists():
        raise BuildError(f"no stage {name!r}: STAGE is one of {', '.join(STAGES)}, described by {path}")
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BuildError(f"{path}: {error}") from None
    if found.keys() != _KEYS:
        raise BuildError(f"{path}: has the keys {', '.join(sorted(_KEYS))}, and no other")
    settings = {key: str(value) for key, value in found["settings"].items()}
    _refuse_secrets(path, settings)
    if found["arch"] not in ARCHS:
        raise BuildError(f"{path}: arch is one of {', '.join(ARCHS)}")
    if found["front"] not in FRONTS:
        raise BuildError(f"{path}: front is one of {', '.join(FRONTS)}")
    return Stage(
        name,
        found["region"],
        ARCHS[found["arch"]],
        found["front"],
        {key: str(value) for key, value in found["parameters"].items()},
        {key: value for key, value in settings.items() if value},
        tuple(key for key, value in settings.items() if not value),
    )


def _refuse_secrets(path: Path, settings: dict[str, str]) -> None:
    from chalicelib.core.settings import PREFIX, SECRETS, Settings

    secrets = {PREFIX + each.upper() for each in SECRETS}
    known = {PREFIX + each.upper() for each in Settings.model_fields} - secrets
    if told := sorted(secrets & settings.keys()):
        raise BuildError(f"{path}: {', '.join(told)}: secrets go into the secrets parameter, not into a file")
    if strange := sorted(settings.keys() - known):
        raise BuildError(f"{path}: no such setting: {', '.join(strange)}")
