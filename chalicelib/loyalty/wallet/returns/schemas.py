"""Getting principal back, in and out."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from chalicelib.core.money import MAX_AMOUNT
from chalicelib.core.schemas import Fen, Id, Schema


class ReturnOffer(Schema):
    """What would go back now."""

    returnable_amount: Fen
    """Principal that goes back the way it came, at once."""
    kept_amount: Fen
    """Principal that stays: too old for the channel, or of too many top-ups. Ask again, or the shop pays it out."""
    gift_amount: Fen
    """What the shop added and is left of it: it ends."""


class ReturnPrincipal(Schema):
    """``POST /me/wallet/return``: what the member was shown and agrees to."""

    returnable_amount: Annotated[int, Field(ge=1, le=MAX_AMOUNT)]
    gift_amount: Fen


class ReturnView(Schema):
    """What goes back: for each top-up a refund of its own, to where it was paid from."""

    id: Id
    returned_amount: Fen
    gift_amount: Fen
    """What ended with it."""
