"""Runs, in and out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from chalicelib.core.schemas import PageQuery, Schema
from chalicelib.loyalty.segments.models import RunPart, SegmentRun
from chalicelib.loyalty.segments.rules.schemas import Rule

PREVIEW = "preview"
MAX_SAMPLE = 20


class StartRun(Schema):
    """``POST /admin/segment-runs``."""

    rule: Rule | None = None
    """Only count who fits this rule, and name some; without it, everybody is put where they belong."""


class ListRuns(PageQuery):
    """All of them."""


class RunView(Schema):
    """A walk through all members, and how far it is."""

    id: str
    rule: Rule | None
    started_at: datetime
    started_by: str

    @classmethod
    def of(cls, run: SegmentRun) -> RunView:
        return cls.model_validate({name: getattr(run, name) for name in RunView.model_fields})


class RunDetail(RunView):
    """With what it found so far."""

    done: bool
    seen: int
    """Members looked at so far."""
    changed: int
    """Of them, those who moved."""
    matched: dict[str, int]
    """Members by segment; of a preview, by `preview`."""
    sample: list[str]
    """Of a preview: some who fit."""

    @classmethod
    def told(cls, run: SegmentRun, parts: Sequence[RunPart]) -> RunDetail:
        matched: Counter[str] = Counter()
        for part in parts:
            matched.update(part.matched)
        return cls(
            **RunView.of(run).model_dump(),
            done=all(part.done for part in parts),
            seen=sum(part.seen for part in parts),
            changed=sum(part.changed for part in parts),
            matched=dict(matched),
            sample=[each for part in parts for each in part.sample][:MAX_SAMPLE],
        )
