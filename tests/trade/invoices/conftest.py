"""A shop's desk for invoices: completed orders, what buyers ask, what staff do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from chalicelib.core import clock
from chalicelib.core.transaction import Transaction
from chalicelib.gateways.object_storage import service as storage
from chalicelib.gateways.object_storage.service import Bucket
from chalicelib.trade.orders.models import Order, OrderStatus
from chalicelib.trade.payments.models import ADVANCE, Part, Payment, PaymentStatus
from chalicelib.trade.payments.refunds import service as refunding
from chalicelib.trade.payments.refunds.events import RefundSucceeded
from infra.local.partners import Partners
from tests.harness import Client, Cloud, MovableClock, Reply
from tests.trade.payments.factories import MEMBER, buyer_token, place, staff_token

COMPANY = {"kind": "company", "name": "思屿科技", "tax_number": "91350100M000100Y43"}
Do = Callable[..., Any]


@dataclass
class Desk:
    http: Client
    clock: MovableClock
    cloud: Cloud
    drain: Do
    partners: Partners
    member_id: str = MEMBER

    @property
    def buyer(self) -> Client:
        return self.http.as_(buyer_token(self.member_id))

    @property
    def staff(self) -> Client:
        return self.http.as_(staff_token("invoices.read", "invoices.write"))

    def completed(self, amount: int = 9900, wallet: int = 0, deposit: int = 0) -> Order:
        """A completed order, paid by WeChat Pay and perhaps a part from an account, or before it was placed."""
        order, now = place(amount=amount, member_id=self.member_id), clock.now()
        payment = Payment(
            id=f"{order.number}01",
            member_id=self.member_id,
            order_id=order.id,
            tender="wechat_pay",
            status=PaymentStatus.SUCCEEDED,
            amount=amount,
            parts=[
                *([Part(tender="wallet", amount=wallet)] if wallet else []),
                *([Part(tender=ADVANCE, amount=deposit, purchase_id="psd_1")] if deposit else []),
            ],
            description="x",
            openid="o-one",
            created_at=now,
            expires_at=now,
            succeeded_at=now,
        )
        payment.save()
        order.status, order.completed_at, order.payment_id, order.payment_count = (
            OrderStatus.COMPLETED,
            now,
            payment.id,
            1,
        )
        order.save()
        return order

    def ask(self, order: Order, **body: Any) -> Reply:
        return self.buyer.post(f"/orders/{order.id}/invoices", json=body)

    def refund(self, order: Order, amount: int, purpose: str = "t1") -> None:
        """Filed, and told to be done."""
        payment = Payment.find(order.payment_id or "", consistent=True)
        assert payment is not None
        with Transaction() as tx:
            refund = refunding.file(tx, payment, purpose=purpose, reason="测试", amount=amount)
            tx.emit(RefundSucceeded.of(refund))
        self.cloud.memory.end_visibility_timeouts()

    def issue(self, invoice_id: str, amount: int, content: bytes = b"%PDF-1.7 ...") -> Reply:
        order_id, _, number = invoice_id.rpartition("-")
        storage.put(Bucket.WORK, f"invoices/{order_id}/{number}.pdf", content, "application/pdf")
        body = {"invoice_number": "26332000000012345678", "amount": amount}
        return self.staff.post(f"/admin/invoices/{invoice_id}/issue", json=body)


@pytest.fixture
def desk(cloud: Cloud, frozen: MovableClock, http: Client, drain: Do, partners: Partners) -> Desk:
    return Desk(http, frozen, cloud, drain, partners)


@pytest.fixture
def titled(desk: Desk) -> Desk:
    desk.buyer.post("/me/invoice-titles", json=COMPANY).ok()
    return desk
