"""The kinds of notices about deposits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from chalicelib.core import clock
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.presale.models import Deposit, DepositStatus
from chalicelib.growth.notifications.kinds.schemas import Kind, Moment, Type, Value, Variable
from chalicelib.growth.notifications.service import tell
from chalicelib.mall.catalog.products.models import Product

_WHEN = datetime(2026, 11, 30, 15, 59, tzinfo=UTC)
_PAGE, _LINKS = "pages/presale/deposit?id={deposit_id}", ("deposit_id",)
_DEPOSIT: Mapping[str, Variable] = {
    "product_name": Variable(Type.TEXT, "商品名称", "蚕丝被"),
    "deposit": Variable(Type.AMOUNT, "已付定金", 5000),
}
_BALANCE: Mapping[str, Variable] = {
    **_DEPOSIT,
    "balance": Variable(Type.AMOUNT, "待付尾款", 40_000),
    "valid_until": Variable(Type.TIME, "截止时间", _WHEN),
}
_FIELDS = {"thing1": "product_name", "amount2": "balance", "time3": "valid_until"}


def balance_over(member_id: str, deposit_id: str) -> bool:
    """It is ordered, or its time is over."""
    deposit = Deposit.find(member_id, deposit_id, consistent=True)
    return deposit is None or deposit.status is not DepositStatus.PAID or deposit.balance_until <= clock.now()


BALANCE_DUE = Kind(
    "balance_due",
    "尾款支付通知",
    Moment.PAY,
    _PAGE,
    _LINKS,
    _BALANCE,
    _FIELDS,
    is_over=balance_over,
    waits_for_day=True,
)
BALANCE_ENDING = Kind(
    "balance_ending", "尾款即将截止提醒", Moment.PAY, _PAGE, _LINKS, _BALANCE, _FIELDS, is_over=balance_over
)
DEPOSIT_SETTLED = Kind(
    "deposit_settled",
    "定金处理结果通知",
    Moment.OTHER,
    _PAGE,
    _LINKS,
    {**_DEPOSIT, "result": Variable(Type.TEXT, "处理结果", "定金原路退回")},
    {"thing1": "product_name", "amount2": "deposit", "thing3": "result"},
    waits_for_day=True,
)
_RESULTS = {DepositStatus.KEPT: "逾期未付尾款，定金不退", DepositStatus.REFUNDED: "定金原路退回"}


def tell_balance(tx: Transaction, deposit: Deposit, *, last: bool) -> None:
    """Add to *tx*: the balance can be paid; or not much longer."""
    if balance_over(deposit.member_id, deposit.id):
        return
    said = {**_said(deposit), "balance": deposit.balance_amount, "valid_until": deposit.balance_until}
    _tell(tx, BALANCE_ENDING if last else BALANCE_DUE, deposit, said)


def tell_settled(tx: Transaction, deposit: Deposit) -> None:
    """Add to *tx*: what became of it."""
    if deposit.status in _RESULTS:
        _tell(tx, DEPOSIT_SETTLED, deposit, {**_said(deposit), "result": _RESULTS[deposit.status]})


def _tell(tx: Transaction, kind: Kind, deposit: Deposit, said: Mapping[str, Value]) -> None:
    links = {"deposit_id": deposit.id}
    tell(tx, kind, member_id=deposit.member_id, group=deposit.id, values=dict(said), links=links)


def _said(deposit: Deposit) -> dict[str, Value]:
    product = Product.find(deposit.product_id)
    return {"product_name": product.name if product is not None else "", "deposit": deposit.amount}
