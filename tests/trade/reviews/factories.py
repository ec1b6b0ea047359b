"""Completed orders, and what their buyers say."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chalicelib.core import aws, clock, outbox
from chalicelib.core.settings import settings
from chalicelib.core.transaction import Transaction
from chalicelib.mall.catalog.products.models import Product
from chalicelib.trade.orders.events import OrderCompleted
from chalicelib.trade.orders.models import Order, OrderStatus, status_day
from chalicelib.trade.pricing.schemas import PricedLine
from chalicelib.trade.reviews.models import Review, ReviewCount
from tests.harness import Client, MovableClock
from tests.trade.factories import Shopper, product, shopper, staff_token
from tests.trade.payments.factories import now_of, place

__all__ = ["Shopper", "product", "received", "shopper", "staff_token", "stored", "upload"]

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 100


def later(clock_: MovableClock, sweep: Any, *, twice: bool = False, **by: float) -> None:
    """Time passes from deadline to deadline: weeks of empty minutes need not be swept."""
    end = clock_.at + timedelta(**by)
    while True:
        due = sorted(each.due_at for each in outbox.OutboxItem.scan() if clock_.at <= each.due_at < end)
        clock_.set(due[0] if due else end)
        for shard in range(outbox.SHARDS):
            outbox.Watermark(id=f"outbox#{shard}", swept_to=clock_.at - outbox.LOOKBACK).save()
        sweep(twice=twice)
        if not due:
            return


def line_of(item: Product, *, quantity: int = 1, given: bool = False) -> PricedLine:
    amount = quantity * item.price_amount
    return PricedLine(
        product_id=item.id,
        sku_id=item.skus[0].id,
        stock_owner=item.id,
        name=item.name,
        spec="颜色:白",
        picture=item.pictures[0],
        quantity=quantity,
        unit_amount=item.price_amount,
        goods_amount=amount,
        payable_amount=amount,
        given=given,
    )


def received(buyer: Shopper, *items: Product, told: bool = False, **of_line: Any) -> Order:
    """An order of these products that its buyer received just now. *told*: and the mall hears of it."""
    order = place(member_id=buyer.id)
    order.lines = [line_of(each, **of_line) for each in items or (product(),)]
    order.status, order.completed_at = OrderStatus.COMPLETED, clock.now()
    order.status_day = status_day(OrderStatus.COMPLETED, order.day)
    order.save()
    if told:
        with Transaction() as tx:
            tx.emit(OrderCompleted(member_id=buyer.id, order_id=order.id, by="buyer"))
    return now_of(order)


def upload(buyer: Client, content: bytes = PNG) -> str:
    """A picture is sent; its key."""
    form = buyer.post("/me/media", json={"content_type": "image/png"}).ok()
    aws.client("s3").put_object(Bucket=settings().media_bucket, Key=form["key"], Body=content)
    return str(form["key"])


def stored(buyer: Shopper) -> list[Review]:
    """The buyer's reviews as they are stored."""
    return list(Review.query(buyer.id, consistent_read=True))


def counted(item: Product) -> dict[str, int]:
    """The product's counters that are not zero, all shards together."""
    found: dict[str, int] = {}
    for row in ReviewCount.query(item.id, consistent_read=True):
        for name in ReviewCount.get_attributes():
            if name not in ("product_id", "id"):
                tag = row.id.removeprefix("tag#").rpartition("#")[0]
                key = f"#{tag}" if name == "tagged" else name
                found[key] = found.get(key, 0) + (getattr(row, name) or 0)
    return {name: number for name, number in found.items() if number}
