"""The way of content through WeChat's check."""

from __future__ import annotations

from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.mall.moderation import service
from chalicelib.mall.moderation.events import CheckContent, PictureHeard, PicturePassed


@subscribe(CheckContent, queue="reactions")
def ask_wechat(event: CheckContent, tx: Transaction) -> None:
    """Ask WeChat what is not known yet."""
    service.ask(tx, event.check_id, event.attempt)


@subscribe(PictureHeard, queue="reactions")
def take_verdict(event: PictureHeard, tx: Transaction) -> None:
    """Question and verdict of a picture meet."""
    service.take(tx, event.trace_id)


@subscribe(PicturePassed, queue="reactions")
def settle_check(event: PicturePassed, tx: Transaction) -> None:
    """It may have been the last one."""
    service.settle(tx, event.check_id)
