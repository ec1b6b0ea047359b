"""Deposits as rows, where a payment through WeChat Pay is not what is looked at."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.core import clock, ids
from chalicelib.growth.campaigns.presale.models import KIND, Deposit, DepositStatus
from chalicelib.growth.campaigns.presale.schemas import Unpaid
from chalicelib.trade.payments.purchases.models import DirectPurchase, PurchaseStatus
from tests.growth.campaigns.presale.factories import BALANCE_BEGINS, COUNTS, DEPOSIT, ENDS, PRICE, SHIPS, Stand


def some_paid(stand: Stand, count: int) -> list[str]:
    """Paid deposits of many members; their ids."""
    return [paid(stand, f"mem_{number}") for number in range(count)]


def paid(stand: Stand, member_id: str, *, unpaid: str = "kept") -> str:
    """A paid deposit of somebody; its id."""
    now, began_at = clock.now(), stand.began_at
    purchase = DirectPurchase(
        id=ids.new(KIND),
        member_id=member_id,
        status=PurchaseStatus.SUCCEEDED,
        tender="wechat_pay",
        amount=DEPOSIT,
        description="定金",
        openid="o-1",
        created_at=now,
        expires_at=now + timedelta(minutes=30),
    )
    purchase.save()
    Deposit(
        member_id=member_id,
        id=purchase.id,
        campaign_id=stand.campaign["id"],
        product_id=stand.product.id,
        sku_id=stand.sku_id,
        quantity=1,
        status=DepositStatus.PAID,
        unit_amount=PRICE,
        unit_deposit=DEPOSIT,
        unit_counts=COUNTS,
        balance_from=began_at + BALANCE_BEGINS,
        balance_until=began_at + ENDS,
        remind_at=began_at + ENDS,
        ship_by=began_at + SHIPS,
        unpaid=Unpaid(unpaid),
        made_at=now,
        paid_at=now,
    ).save()
    return str(purchase.id)
