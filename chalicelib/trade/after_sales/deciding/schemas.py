"""What staff and buyers decide."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from chalicelib.core.schemas import Id, Line, Schema
from chalicelib.trade.after_sales.models import Contact
from chalicelib.trade.after_sales.refunding.service import Terms
from chalicelib.trade.after_sales.schemas import Amount, Words


class ReturnAddress(Schema):
    """Where the buyer sends the goods."""

    name: Line
    phone: Annotated[str, Field(min_length=1, max_length=30, pattern=r"^[0-9+\- ]+$", examples=["021-60000000"])]
    address: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]

    def contact(self) -> Contact:
        return Contact(**self.model_dump())


class WithTerms(Schema):
    """What staff may change about the money."""

    amount: Amount | None = None
    """Of the goods: no more than is due. Without it, all of it."""
    freight_amount: Amount | None = None
    """Instead of the rule; no more than was paid and did not go back."""

    @property
    def terms(self) -> Terms:
        return Terms(self.amount, self.freight_amount)


class Agree(WithTerms):
    """``POST /admin/after-sales/{number}/agree``. Amounts only where nothing is to be sent back."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"note": "同意"}]})

    note: Words | None = None
    """Needed with an amount: the buyer reads why."""
    store_id: Id | None = None
    """Send it back to this place; without it, to where the goods came from."""
    return_to: ReturnAddress | None = None
    """Or to this address."""


class Refuse(Schema):
    """``POST /admin/after-sales/{number}/refuse``."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "商品已拆封使用，影响二次销售"}]})

    reason: Words


class Appeal(Schema):
    """``POST /after-sales/{after_sale_id}/appeal``."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "商品到手就是坏的，有开箱视频"}]})

    reason: Words


class JudgeAppeal(Agree):
    """``POST /admin/after-sales/{number}/appeal``."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"uphold": True, "note": "同意退款"}]})

    uphold: bool
    refund_instead: bool = False
    """An exchange whose goods came back: give the money back, say because no replacement is there."""
