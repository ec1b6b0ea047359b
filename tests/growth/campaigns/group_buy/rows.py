"""A group, its orders and their money as rows: for tests that build the same world many times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chalicelib.core import clock
from chalicelib.growth.campaigns.base.models import Campaign, CampaignStatus, Phase
from chalicelib.growth.campaigns.base.schemas import CampaignItem
from chalicelib.growth.campaigns.group_buy.models import (
    UNDECIDED,
    Group,
    GroupStatus,
    Seat,
    SeatStatus,
    campaign_status,
)
from chalicelib.growth.campaigns.group_buy.service import hold_of
from chalicelib.mall.identity.members.models import Member
from chalicelib.trade.orders.models import Order, OrderStatus, status_day
from chalicelib.trade.payments.models import Payment, PaymentStatus, payment_id
from chalicelib.trade.payments.refunds.models import Refund
from chalicelib.trade.pricing.schemas import Adjustment, Target
from tests.trade.payments.factories import now_of, place

PAID, FINAL, PIECES = 9900, 4000, 2
"""Fen of an order, and of one whose leader got something back."""


def campaign(**settings: Any) -> Campaign:
    """One SKU, 49.50 each in a group of the smallest size."""
    now = clock.now()
    made = Campaign(
        id="cmp_1",
        play="group_buy",
        title="拼团",
        status=CampaignStatus.RUNNING,
        phase=Phase.LIVE,
        starts_at=now - timedelta(days=1),
        ends_at=now + timedelta(days=3),
        settings={"sizes": [2], **settings},
        items=[
            CampaignItem(
                product_id="prd_1",
                sku_id="sku_1",
                unit_amount=PAID // PIECES,
            )
        ],
        created_at=now,
    )
    made.save()
    return made


def ends_at(minutes: int = 60) -> datetime:
    """When a group that begins now is over."""
    return clock.now() + timedelta(minutes=minutes)


def group(of: Campaign, **more: Any) -> Group:
    made = group_row(of, **more)
    made.save()
    return made


def group_row(of: Campaign, *, name: str = "grp_1", taken: int = 2, paid: int = 2, minutes: int = 60) -> Group:
    """Not saved."""
    sizes = of.settings["sizes"]
    return Group(
        id=name,
        campaign_id=of.id,
        campaign_status=campaign_status(of.id, GroupStatus.OPEN),
        leader_id="mem_0",
        status=GroupStatus.OPEN,
        least=sizes[0],
        capacity=sizes[-1],
        taken=taken,
        paid=paid,
        began_at=clock.now(),
        ends_at=ends_at(minutes),
        undecided=UNDECIDED,
    )


def member(number: int, of: Group, *, paid: bool = True) -> Order:
    """A member with a seat and its order, paid by WeChat Pay or not yet."""
    name = f"mem_{number}"
    Member(id=name, openid=f"o-{number}", registered_at=clock.now()).save()
    order = place(amount=PAID, member_id=name, holds=[hold_of(of.id)])
    order.adjustments = [
        Adjustment(
            kind="group_buy",
            group="campaign",
            source_id=of.campaign_id,
            title="拼团",
            target=Target.GOODS,
            amount=0,
            shares=[0],
        )
    ]
    seat = Seat(
        group_id=of.id,
        member_id=name,
        order_id=order.id,
        status=SeatStatus.PAID if paid else SeatStatus.HELD,
        is_leader=number == 0,
        held_at=clock.now(),
    )
    if paid:
        pay(order)
        seat.paid_at = clock.now()
    order.save()
    seat.save()
    return order


def pay(order: Order) -> None:
    """As the confirmation leaves it; not saved."""
    order.status, order.status_day = OrderStatus.PAID, status_day(OrderStatus.PAID, order.day)
    order.paid_at, order.paid_amount, order.payment_count = clock.now(), PAID, 1
    order.payment_id = payment_id(order, 1)
    Payment(
        id=order.payment_id,
        member_id=order.member_id,
        order_id=order.id,
        tender="wechat_pay",
        status=PaymentStatus.SUCCEEDED,
        amount=PAID,
        description="x",
        openid="o",
        created_at=clock.now(),
        expires_at=clock.now() + timedelta(minutes=30),
        succeeded_at=clock.now(),
    ).save()


@dataclass(frozen=True)
class End:
    """What became of an order."""

    status: str
    payable_amount: int
    back_amount: int


def end_of(order: Order) -> End:
    back = sum(each.amount for each in Refund.by_order.query(order.id))
    now = now_of(order)
    return End(now.status.value, now.payable_amount, back)
