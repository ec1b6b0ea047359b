"""Acceptances, in and out."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field as Bounds

from chalicelib.core.schemas import Schema
from chalicelib.growth.notifications.templates.schemas import TemplateId


class Answer(StrEnum):
    """What ``wx.requestSubscribeMessage`` gives for a template."""

    ACCEPT = "accept"
    REJECT = "reject"
    BAN = "ban"
    """WeChat has taken the template away."""
    FILTER = "filter"
    """It has the same title as another one of the call."""


class Result(Schema):
    template_id: TemplateId
    result: Answer


class ReportAnswers(Schema):
    """``POST /me/subscriptions``."""

    results: Annotated[list[Result], Bounds(min_length=1, max_length=5)]


class QuotaView(Schema):
    """How many messages of a template the member can be sent."""

    template_id: str
    left: int


class QuotasView(Schema):
    items: list[QuotaView]
