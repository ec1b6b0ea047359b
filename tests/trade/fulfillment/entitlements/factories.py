"""Orders that are fetched, as checkout leaves them, and the staff of stores."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.core import clock, ids
from chalicelib.mall.identity.service import Staff
from chalicelib.mall.identity.staff.models import Account, Role, staff_id
from chalicelib.mall.inventory.models import Stock
from chalicelib.trade.orders.models import Fulfillment, Order, OrderStatus, PickupPlace, status_day
from chalicelib.trade.payments.models import Payment, PaymentStatus
from chalicelib.trade.pricing.schemas import PricedLine
from tests.trade.payments.factories import place

NEAR, FAR = "sto_near", "sto_far"


def pickup(*lines: tuple[str, int, int], store_id: str = NEAR) -> Order:
    """An unpaid order, fetched at a store: lines of SKU, pieces, fen for all of them."""
    wanted: Sequence[tuple[str, int, int]] = lines or (("sku_1", 2, 6001), ("sku_2", 1, 3899))
    order = place(amount=sum(amount for _, _, amount in wanted))
    order.lines = [_line(*each) for each in wanted]
    order.fulfillment = Fulfillment.PICKUP
    order.place = PickupPlace(store_id=store_id, name="徐家汇店", phone="021-62000000")
    order.save()
    for sku_id, _, _ in wanted:
        Stock(owner="prd_1", sku_id=sku_id, available=100, updated_at=clock.now()).save()
    return order


def _line(sku_id: str, quantity: int, amount: int) -> PricedLine:
    return PricedLine(
        product_id="prd_1",
        sku_id=sku_id,
        stock_owner="prd_1",
        name=f"蚕丝被 {sku_id}",
        spec="白",
        picture="",
        quantity=quantity,
        unit_amount=-(-amount // quantity),
        goods_amount=-(-amount // quantity) * quantity,
        payable_amount=amount,
    )


def pay_by_row(order: Order) -> None:
    """What a payment with WeChat Pay leaves of the order, without the messages that follow."""
    now = clock.now()
    Payment(
        id=f"{order.number}01",
        member_id=order.member_id,
        order_id=order.id,
        tender="wechat_pay",
        status=PaymentStatus.SUCCEEDED,
        amount=order.payable_amount,
        description="订单",
        openid="o-one",
        created_at=now,
        expires_at=order.pay_by,
        succeeded_at=now,
        transaction_id="4200000000000000000000000001",
    ).save()
    order.status, order.paid_at, order.paid_amount = OrderStatus.PAID, now, order.payable_amount
    order.status_day, order.payment_id, order.payment_count = (
        status_day(order.status, order.day),
        f"{order.number}01",
        1,
    )
    order.save()


def clerk(*stores: str, permissions: tuple[str, ...]) -> str:
    """The token of somebody who works in these stores."""
    name = "-".join((*permissions, *stores)) or "nobody"
    role = Role(id=ids.derive("rol", name), name=name, permissions=list(permissions), created_at=clock.now())
    account = Account(
        id=staff_id(name),
        username=name,
        name="小林",
        password_hash="-",
        role_id=role.id,
        store_ids=list(stores),
        created_at=clock.now(),
    )
    role.save()
    account.save()
    return Staff.token(account)


def available(sku_id: str) -> int:
    stock = Stock.find("prd_1", sku_id, consistent=True)
    assert stock is not None
    return stock.available
