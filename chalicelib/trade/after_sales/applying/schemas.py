"""What a buyer asks for."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, JsonValue, field_validator, model_validator

from chalicelib.core.schemas import Fen, Id, Schema
from chalicelib.mall.uploads.schemas import PictureKey
from chalicelib.trade.after_sales.models import Kind, Reason
from chalicelib.trade.after_sales.schemas import Amount, Pieces, Position, Words

MAX_LINES = 100
MAX_PICTURES = 9
Phone = Annotated[str, Field(pattern=r"^\+?[0-9][0-9\-]{5,19}$", examples=["13800000000"])]
_PIECES: list[JsonValue] = [{"line": 0, "quantity": 1}]


class WantedPieces(Schema):
    """So many pieces of the line at that position of the order, from 0."""

    line: Position
    quantity: Pieces


def each_line_once(pieces: list[WantedPieces]) -> list[WantedPieces]:
    """:raises ValueError: a line is named twice."""
    if len({piece.line for piece in pieces}) != len(pieces):
        raise ValueError("name each line once")
    return pieces


class AskAmounts(Schema):
    """``POST /orders/{order_id}/after-sale-quote``."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"kind": "refund_only", "pieces": _PIECES}]})

    kind: Kind
    pieces: Annotated[list[WantedPieces], Field(min_length=1, max_length=MAX_LINES)]
    reason: Reason = Reason.NOT_WANTED
    """Whose fault it is decides about the freight."""

    _once = field_validator("pieces")(each_line_once)


class ApplyAfterSale(AskAmounts):
    """``POST /orders/{order_id}/after-sales``."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"kind": "refund_only", "pieces": _PIECES, "reason": "not_wanted"}]}
    )

    reason: Reason
    description: Words | None = None
    pictures: Annotated[list[PictureKey], Field(max_length=MAX_PICTURES)] = []
    """Keys of pictures that were sent: `POST /me/media`."""
    phone: Phone | None = None
    amount: Amount | None = None
    """Ask for no more than this for the goods; without it, for all that is due."""
    replacement_sku_id: Id | None = None
    """An exchange: for another SKU of the same product at the same price; without it, for the same."""

    @model_validator(mode="after")
    def _fits_its_kind(self) -> ApplyAfterSale:
        exchange = self.kind is Kind.EXCHANGE
        if self.replacement_sku_id is not None and not exchange:
            raise ValueError("only an exchange names a replacement")
        if exchange and (self.amount is not None or len(self.pieces) != 1):
            raise ValueError("an exchange is of one line, and has no amount")
        return self


class LineChoices(Schema):
    """How many pieces of a line can be asked for now, in which way."""

    line: int
    refund_only: int
    return_and_refund: int
    exchange: int


class AmountsView(Schema):
    """What would go back now, and what else could be asked for."""

    goods_amount: Fen
    freight_amount: Fen
    """With the last piece, if none has left or the reason is the shop's fault."""
    pieces: list[WantedPieces]
    """Those that were named; and gifts that would not be sent by themselves."""
    lines: list[LineChoices]
