"""Proving who one is."""

from __future__ import annotations

from datetime import datetime

from chalicelib.core.schemas import Schema


class VerifiedView(Schema):
    """Until when large payments need no further proof."""

    verified_until: datetime
