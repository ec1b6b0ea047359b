"""The kinds of notices about trials."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from chalicelib.core import clock
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.product_trial.models import Application, ApplicationStatus
from chalicelib.growth.notifications.kinds.schemas import Kind, Moment, Type, Value, Variable
from chalicelib.growth.notifications.service import tell
from chalicelib.mall.catalog.products.models import Product

_WHEN = datetime(2026, 11, 30, 15, 59, tzinfo=UTC)
_PAGE, _LINKS = "pages/trial/detail?id={campaign_id}", ("campaign_id",)
_NAME: Mapping[str, Variable] = {"product_name": Variable(Type.TEXT, "商品名称", "蚕丝被")}
_UNTIL: Mapping[str, Variable] = {**_NAME, "valid_until": Variable(Type.TIME, "截止时间", _WHEN)}
_FIELDS = {"thing1": "product_name", "time2": "valid_until"}


def pick_over(member_id: str, group: str) -> bool:
    """It is ordered, or its time is over."""
    mine = _of(member_id, group)
    late = mine is None or mine.order_by is None or mine.order_by <= clock.now()
    return late or mine is None or mine.status is not ApplicationStatus.PICKED


def report_over(member_id: str, group: str) -> bool:
    """It is reported, or given up."""
    mine = _of(member_id, group)
    return mine is None or mine.status is not ApplicationStatus.ORDERED


TRIAL_PICKED = Kind("trial_picked", "试用入选通知", Moment.OTHER, _PAGE, _LINKS, _UNTIL, _FIELDS, is_over=pick_over)
TRIAL_REPORT_DUE = Kind(
    "trial_report_due",
    "试用报告提醒",
    Moment.OTHER,
    _PAGE,
    _LINKS,
    _UNTIL,
    _FIELDS,
    is_over=report_over,
    waits_for_day=True,
)
TRIAL_REVIEWED = Kind(
    "trial_reviewed",
    "试用报告审核结果",
    Moment.OTHER,
    _PAGE,
    _LINKS,
    {**_NAME, "result": Variable(Type.TEXT, "审核结果", "报告已通过")},
    {"thing1": "product_name", "thing2": "result"},
    waits_for_day=True,
)


def tell_picked(tx: Transaction, mine: Application) -> None:
    """Add to *tx*: a piece is held for them."""
    if mine.order_by is not None and not pick_over(mine.member_id, _group(mine)):
        _tell(tx, TRIAL_PICKED, mine, {"valid_until": mine.order_by}, subject=mine.id)


def tell_report_due(tx: Transaction, mine: Application, until: datetime) -> None:
    """Add to *tx*: the goods have come, and a report is due."""
    _tell(tx, TRIAL_REPORT_DUE, mine, {"valid_until": until}, subject=mine.id)


def tell_reviewed(tx: Transaction, mine: Application) -> None:
    """Add to *tx*: what staff made of the report."""
    accepted = mine.status is ApplicationStatus.ACCEPTED
    stamp = mine.reviewed_at.isoformat() if mine.reviewed_at is not None else ""
    _tell(tx, TRIAL_REVIEWED, mine, {"result": "报告已通过" if accepted else "请修改后重新提交"}, subject=stamp)


def _tell(tx: Transaction, kind: Kind, mine: Application, said: Mapping[str, Value], subject: str = "") -> None:
    product = Product.find(mine.product_id)
    values = {"product_name": product.name if product is not None else "", **said}
    links = {"campaign_id": mine.campaign_id}
    tell(tx, kind, member_id=mine.member_id, group=_group(mine), subject=subject, values=values, links=links)


def _group(mine: Application) -> str:
    return mine.campaign_id


def _of(member_id: str, group: str) -> Application | None:
    return Application.find(group, member_id, consistent=True)
