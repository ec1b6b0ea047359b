"""Orders to be paid, the people who pay them and the staff who look."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chalicelib.core import clock, ids
from chalicelib.core.transaction import Transaction
from chalicelib.mall.identity.service import Buyer, Staff
from chalicelib.mall.identity.staff.models import Account, Role, staff_id
from chalicelib.mall.inventory.models import Stock
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.events import OrderRepriced
from chalicelib.trade.orders.models import Order, OrderStatus, Receiver, status_day
from chalicelib.trade.payments.models import Payment, all_of
from chalicelib.trade.payments.refunds.models import Refund
from chalicelib.trade.pricing.schemas import PricedLine

MEMBER, OPENID = "mem_one", "o-one"


def place(*, amount: int = 9900, member_id: str = MEMBER, minutes: int = 30, holds: list[str] | None = None) -> Order:
    """An unpaid order as checkout leaves it."""
    now, day = clock.now(), clock.today().isoformat()
    line = PricedLine(
        product_id="prd_1",
        sku_id="sku_1",
        stock_owner="prd_1",
        name="蚕丝被 四季款",
        spec="200×230cm",
        picture="",
        quantity=2,
        unit_amount=amount // 2,
        goods_amount=amount,
        payable_amount=amount,
    )
    order = Order(
        member_id=member_id,
        id=ids.new("ord"),
        number=ids.number(),
        day=day,
        status=OrderStatus.PENDING_PAYMENT,
        status_day=status_day(OrderStatus.PENDING_PAYMENT, day),
        phone="13800000000",
        placed_at=now,
        pay_by=now + timedelta(minutes=minutes),
        goods_amount=amount,
        discount_amount=0,
        freight_amount=0,
        payable_amount=amount,
        lines=[line],
        adjustments=[],
        holds=holds or [],
        receiver=Receiver(
            name="王小明",
            phone="13800000000",
            region_code="310104",
            province="上海市",
            city="上海市",
            district="徐汇区",
            detail="漕溪北路 1 号",
        ),
    )
    order.save()
    Stock(owner="prd_1", sku_id="sku_1", available=100, updated_at=now).save()
    return order


def now_of(order: Order) -> Order:
    """The order as it is stored now."""
    return orders.load(order.member_id, order.id, consistent=True)


def payments(order: Order) -> list[Payment]:
    return all_of(now_of(order))


def refunds(order: Order) -> list[Refund]:
    return list(Refund.by_order.query(order.id))


def cancel(order: Order) -> None:
    """Checkout's last step of closing, alone."""
    with Transaction() as tx:
        orders.cancel(tx, order, "超时未支付")


def reprice(order: Order, amount: int) -> None:
    """What staff's price change leaves behind."""
    with Transaction() as tx:
        tx.update(Order(member_id=order.member_id, id=order.id), [Order.payable_amount.set(amount)])
        tx.emit(OrderRepriced(member_id=order.member_id, order_id=order.id))


def buyer_token(member_id: str = MEMBER, openid: str = OPENID) -> str:
    return Buyer.token(member_id, openid)


def staff_token(*permissions: str) -> str:
    """A member of the staff with just these permissions."""
    name = "-".join(permissions) or "nobody"
    role = Role(id=ids.derive("rol", name), name=name, permissions=list(permissions), created_at=clock.now())
    account = Account(
        id=staff_id(name), username=name, name="小林", password_hash="-", role_id=role.id, created_at=clock.now()
    )
    role.save()
    account.save()
    return Staff.token(account)


def stored(item: Any) -> Any:
    """The item as it is stored now."""
    return type(item).find(item.id, consistent=True)


def pay_free(order: Order) -> None:
    """What checkout leaves of an order that costs nothing."""
    from chalicelib.trade.orders.events import OrderPaid, OrderReady

    named = {"member_id": order.member_id, "order_id": order.id}
    order.status, order.paid_at = OrderStatus.PAID, clock.now()
    order.status_day = status_day(OrderStatus.PAID, order.day)
    order.save()
    with Transaction() as tx:
        tx.emit(OrderPaid(**named))
        tx.emit(OrderReady(**named))
