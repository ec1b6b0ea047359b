"""Segments and settings, in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Line, PageQuery, Schema
from chalicelib.loyalty.segments.models import Segment, SegmentStatus, SegmentVersion
from chalicelib.loyalty.segments.rules.schemas import Rule
from chalicelib.loyalty.segments.schemas import Settings, TagId

Version = Annotated[int, Field(ge=1, le=1_000_000)]


class SegmentFields(Schema):
    """``POST /admin/segments``."""

    title: Line
    rule: Rule
    tag: TagId | None = None
    """Its members carry this tag."""


class EditSegment(SegmentFields):
    """``PUT /admin/segments/{segment_id}``."""

    version: Version


class SetSegmentStatus(Schema):
    """``POST /admin/segments/{segment_id}/status``."""

    status: SegmentStatus
    version: Version


class NamedVersion(Schema):
    """Which version is meant."""

    version: Version


class SegmentView(Schema):
    """A segment."""

    id: str
    title: str
    rule: Rule
    tag: str | None
    status: SegmentStatus
    version: int
    created_at: datetime

    @classmethod
    def of(cls, segment: Segment) -> SegmentView:
        return cls.model_validate({name: getattr(segment, name) for name in cls.model_fields})


class VersionView(Schema):
    """A segment as it was written once."""

    version: int
    title: str
    rule: Rule
    tag: str | None
    status: SegmentStatus
    at: datetime
    by: str

    @classmethod
    def of(cls, stored: SegmentVersion) -> VersionView:
        known = {name: getattr(stored, name) for name in cls.model_fields}
        return cls.model_validate(known | {"version": int(stored.version)})


class ListSegments(PageQuery):
    """All of them."""


class ListSegmentMembers(PageQuery):
    """Of one segment."""


class SettingsView(Schema):
    """The settings and their version; 0: the defaults, staff set none."""

    settings: Settings
    version: int


class SetSettings(Schema):
    """``PUT /admin/segment-settings``."""

    settings: Settings
    version: Annotated[int, Field(ge=0, le=1_000_000)]
