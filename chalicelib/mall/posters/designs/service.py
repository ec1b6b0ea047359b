"""The designs that come with the mall: JSON files beside the code."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from chalicelib.core.schemas import Schema
from chalicelib.mall.posters.designs.schemas import Design, PosterKind

DATA = Path(__file__).parents[1] / "data" / "templates"


class BuiltIn(Schema):
    """A template that comes with the mall. ``mood`` describes it to developers."""

    id: str
    kind: PosterKind
    name: str
    mood: str
    design: Design


@cache
def built_in() -> dict[str, BuiltIn]:
    """By id, in the order shown. The first of a kind is its default until staff choose."""
    found = [BuiltIn.model_validate_json(path.read_text(encoding="utf-8")) for path in sorted(DATA.glob("*.json"))]
    return {each.id: each for each in found}


def digest(design: Design) -> str:
    """What tells two designs apart."""
    return hashlib.sha256(design.model_dump_json(exclude_defaults=True).encode()).hexdigest()[:16]
