"""Phone binding, in."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Schema


class BindPhone(Schema):
    code: Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[\x21-\x7e]+$", examples=["0b3Qm000xyz"])]
    """Of the phone button (``e.detail.code``), not of ``wx.login``."""
