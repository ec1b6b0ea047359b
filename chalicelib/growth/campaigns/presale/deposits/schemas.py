"""Paying a deposit, in; and what was promised with it."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from chalicelib.core.schemas import Fen, Id, Schema
from chalicelib.growth.campaigns.presale.schemas import Unpaid
from chalicelib.trade.cart.models import MAX_QUANTITY


class PayDeposit(Schema):
    """``POST /presale-deposits``: for some pieces of an item of a running presale."""

    campaign_id: Id
    product_id: Id
    sku_id: Id
    quantity: Annotated[int, Field(ge=1, le=MAX_QUANTITY)] = 1


class DepositPromise(Schema):
    """All that was promised when the purchase began."""

    campaign_id: Id
    product_id: Id
    sku_id: Id
    quantity: int
    unit_amount: Fen
    unit_deposit: Fen
    unit_counts: Fen
    balance_from: AwareDatetime
    balance_until: AwareDatetime
    remind_at: AwareDatetime
    ship_by: AwareDatetime
    unpaid: Unpaid
