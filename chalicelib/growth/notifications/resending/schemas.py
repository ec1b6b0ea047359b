"""Which message, in."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Id, Schema


class ResendMessage(Schema):
    """``POST /admin/notifications/resend``."""

    member_id: Id
    id: Annotated[
        str,
        Field(
            min_length=1,
            max_length=200,
            pattern=r"^[A-Za-z0-9_\-]+$",
            examples=["ord_01m85mg28xyz-order_paid"],
        ),
    ]
