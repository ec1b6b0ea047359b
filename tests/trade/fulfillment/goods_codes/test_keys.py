"""The key that seals codes changes while they are sold; a code that was ever uploaded is known under every key."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.core import backfill, jobs
from chalicelib.core.settings import settings
from chalicelib.mall.catalog.products.models import Product
from chalicelib.trade.fulfillment.goods_codes.errors import CodeUnreadable
from chalicelib.trade.fulfillment.goods_codes.models import CodeKey, GoodsCode
from chalicelib.trade.fulfillment.goods_codes.sealing import service as sealing
from infra.local.faults import ProcessKilled, watched
from tests.harness import Client, MovableClock
from tests.trade.fulfillment.goods_codes.factories import bought, codes_of, free, upload
from tests.trade.payments.factories import buyer_token

OLD, NEW = "a key of the tests and of nothing else", "another key of the tests, which is newer"


def keys(patch: pytest.MonkeyPatch, now: str | None, also: str | None = None) -> None:
    """The settings of a process that begins."""
    for name, value in (("SIYU_GOODS_CODE_KEY", now), ("SIYU_GOODS_CODE_KEY_PREVIOUS", also)):
        if value is None:
            patch.delenv(name, raising=False)
        else:
            patch.setenv(name, value)
    settings.cache_clear()


def sealed_by(card: Product) -> set[str]:
    stored = [each.key_id for each in GoodsCode.query(card.skus[0].id, consistent_read=True)]
    return {*stored, *(each.key_id for each in CodeKey.scan(consistent_read=True))}


def test_three_steps(
    http: Client, desk: Client, card: Product, drain: Any, frozen: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload(desk, card, "A", "B", "C").ok()
    order = bought(http, card, 1)
    drain()
    given = codes_of(http, order)
    keys(monkeypatch, OLD, NEW)  # prepare: what a process that has switched seals, one that has not opens
    assert (sealed_by(card), codes_of(http, order)) == ({sealing.key_id(OLD)}, given)
    keys(monkeypatch, NEW, OLD)  # switch
    assert codes_of(http, order) == given
    assert upload(desk, card, "C", "D").ok() == {"added": 1, "known": 1}
    keys(monkeypatch, OLD, NEW)
    second = bought(http, card, 3, "two")
    drain()
    assert len(codes_of(http, second)) == 3
    keys(monkeypatch, NEW, OLD)
    first = f"reseal_codes_{sealing.key_id(NEW)}_1"
    assert jobs.run("run_backfills") == {first: "finished, 4 seen, 3 changed"}
    assert sealed_by(card) == {sealing.key_id(NEW)}
    frozen.move(minutes=11)
    again = jobs.run("run_backfills")
    assert again == {first: "finished, 4 seen, 3 changed", first[:-1] + "2": "finished, 4 seen, 0 changed"}
    keys(monkeypatch, NEW)  # finish
    assert jobs.run("run_backfills") == {}
    assert codes_of(http, order) == given
    assert sorted([*given, *codes_of(http, second)]) == ["A", "B", "C", "D"]
    assert upload(desk, card, "A", "B", "C", "D", "E").ok() == {"added": 1, "known": 4}


def test_what_was_sealed_behind_the_first_look(
    desk: Client, card: Product, frozen: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload(desk, card, "A").ok()
    keys(monkeypatch, NEW, OLD)
    jobs.run("run_backfills")
    keys(monkeypatch, OLD, NEW)  # an upload that began before
    upload(desk, card, "B").ok()
    keys(monkeypatch, NEW, OLD)
    assert sealed_by(card) == {sealing.key_id(OLD), sealing.key_id(NEW)}
    frozen.move(minutes=11)
    jobs.run("run_backfills")
    assert sealed_by(card) == {sealing.key_id(NEW)}


def test_broken_off_it_goes_on(
    http: Client, desk: Client, card: Product, drain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed in the second page, and run again; codes are given meanwhile."""
    monkeypatch.setattr(backfill, "PAGE", 2)
    upload(desk, card, *(f"code-{number}" for number in range(5))).ok()
    order = bought(http, card, 2)
    keys(monkeypatch, NEW, OLD)
    with pytest.raises(ProcessKilled), watched(9, "before"):
        jobs.run("run_backfills")
    assert len(sealed_by(card)) == 2
    drain()
    jobs.run("run_backfills")
    assert sealed_by(card) == {sealing.key_id(NEW)}
    keys(monkeypatch, NEW)
    assert (len(codes_of(http, order)), free(card)) == (2, 3)


def test_a_key_that_is_gone_is_said_and_nothing_is_shown(
    http: Client, desk: Client, card: Product, drain: Any, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    upload(desk, card, "A", "B").ok()
    order = bought(http, card, 1)
    drain()
    assert len(codes_of(http, order)) == 1
    keys(monkeypatch, NEW)
    shown = http.as_(buyer_token(order.member_id)).get(f"/orders/{order.id}/codes")
    assert (shown.status, shown.code) == (503, "code_unreadable")
    assert upload(desk, card, "C").code == "code_unreadable"
    assert any(getattr(each, "alarm", False) for each in caplog.records)


def test_a_code_moved_to_another_place_does_not_open(desk: Client, card: Product) -> None:
    upload(desk, card, "A", "B").ok()
    one, two = GoodsCode.query(card.skus[0].id)
    one.sealed = two.sealed
    with pytest.raises(CodeUnreadable):
        sealing.opened(one)
