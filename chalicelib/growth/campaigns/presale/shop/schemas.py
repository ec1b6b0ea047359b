"""A deposit as its member sees it."""

from __future__ import annotations

from datetime import datetime

from chalicelib.core.schemas import Fen, Schema
from chalicelib.growth.campaigns.presale.models import Deposit, Standing
from chalicelib.growth.campaigns.presale.schemas import Unpaid


class DepositView(Schema):
    """A deposit. To order its goods: the option `presale` of the preview is its id, with exactly its pieces."""

    id: str
    campaign_id: str
    product_id: str
    sku_id: str
    name: str
    spec: str
    picture: str
    quantity: int
    standing: Standing
    """By the clock."""
    amount: Fen
    """The deposit of all pieces."""
    counts_amount: Fen
    """What it takes off the price."""
    price_amount: Fen
    """The presale's price of all pieces."""
    balance_amount: Fen
    """What is left to pay, without other discounts and freight."""
    balance_from: datetime
    balance_until: datetime
    """The first moment at which it can no longer be ordered."""
    ship_by: datetime
    unpaid: Unpaid
    """What becomes of the deposit if the balance is not paid."""
    made_at: datetime
    paid_at: datetime | None
    order_id: str | None

    @classmethod
    def fields(cls, deposit: Deposit) -> dict[str, object]:
        """What the row itself says."""
        names = ("id", "campaign_id", "product_id", "sku_id", "quantity", "amount", "balance_amount", "balance_from")
        more = ("balance_until", "ship_by", "unpaid", "made_at", "paid_at", "order_id")
        return {
            **{name: getattr(deposit, name) for name in (*names, *more)},
            "counts_amount": deposit.unit_counts * deposit.quantity,
            "price_amount": deposit.unit_amount * deposit.quantity,
        }


class DepositPage(DepositView):
    """A deposit, and what the client needs to pay it or to count down."""

    now: datetime
    """The mall's clock."""
    parameters: dict[str, str] = {}
    """For ``wx.requestPayment``, as they are; empty unless it was just begun and waits to be paid."""
