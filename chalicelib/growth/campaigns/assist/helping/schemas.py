"""Starting and helping, in and out."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Id, Schema

Device = Annotated[
    str,
    Field(
        min_length=8,
        max_length=128,
        pattern=r"^[\x21-\x7e]+$",
        description="A fingerprint of the phone that the client makes; only a digest is kept.",
        examples=["d41f0c2a9be34e1f"],
    ),
]


class StartAssist(Schema):
    """``POST /assists``: for one piece of an item of a running campaign."""

    campaign_id: Id
    product_id: Id
    sku_id: Id
    device: Device


class HelpAssist(Schema):
    """``POST /assists/{assist_id}/helps``."""

    device: Device


class HelpMade(Schema):
    """How far it is with my help."""

    help_count: int
    helps_total: int
    unlocked: bool
