"""Consents, export, closing: in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from chalicelib.core.schemas import Schema
from chalicelib.mall.identity.privacy.models import Consent, Scene


def _meant(confirmed: bool) -> bool:
    if not confirmed:
        raise ValueError("closing can not be undone and must be confirmed")
    return confirmed


class GiveConsent(Schema):
    scene: Scene
    version: Annotated[str, Field(min_length=1, max_length=32, pattern=r"^[A-Za-z0-9._\-]+$", examples=["2026-11-01"])]
    """Of the text that was shown."""
    granted: bool = True
    """False records a refusal, or takes a consent back."""


class ConsentView(Schema):
    scene: Scene
    version: str
    granted: bool
    given_at: datetime

    @classmethod
    def of(cls, consent: Consent) -> ConsentView:
        return cls.model_validate({name: getattr(consent, name) for name in cls.model_fields})


class CloseAccount(Schema):
    confirm: Annotated[bool, AfterValidator(_meant)]
    """Must be true: nothing of this comes back."""


class ExportView(Schema):
    """All that the mall keeps about the member, part by part."""

    member_id: str
    exported_at: datetime
    parts: dict[str, Any]
