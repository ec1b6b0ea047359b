"""Every night the pools of codes are compared with the stocks that follow them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.core import jobs
from chalicelib.core.transaction import Transaction
from chalicelib.mall.catalog.products.models import Product, ProductKind
from chalicelib.mall.inventory import service as inventory
from chalicelib.mall.inventory.models import Keeper, Stock, StockEntry, StockKey
from chalicelib.trade.fulfillment.goods_codes.checking import service
from chalicelib.trade.fulfillment.goods_codes.models import GoodsCode
from tests.harness import Client
from tests.trade import factories as shop
from tests.trade.fulfillment.goods_codes.factories import bought, upload
from tests.trade.payments.factories import staff_token

Do = Callable[..., Any]
CAMPAIGN = "cmp_sale"


@pytest.fixture
def pooled(desk: Client, http: Client, drain: Do) -> Product:
    """Seven codes came: two were given, one is bought and not given yet, two a campaign has, one was withdrawn."""
    shop.product("quilt")  # of which nobody asks for a pool
    card = shop.product("pooled", stock=0, kind=ProductKind.CODE)
    upload(desk, card, *(f"CODE-{number}" for number in range(7))).ok()
    bought(http, card, 2)
    drain()
    bought(http, card, 1, "two")
    body = {"sku_id": card.skus[0].id, "secret_codes": [_still_free(card)]}
    key = StockKey(card.id, card.skus[0].id)
    with Transaction() as tx:
        inventory.set_aside_among(tx, key, {StockKey(CAMPAIGN, key.sku_id): 2}, "cmp_sale", keeper=Keeper.CODES)
    desk.post(f"/admin/products/{card.id}/codes/withdraw", json=body).ok()
    return card


def _still_free(card: Product) -> str:
    """A code that nobody has, as it was uploaded."""
    from chalicelib.trade.fulfillment.goods_codes.sealing import service as sealing

    item = next(each for each in _codes(card) if each.free_sku_id)
    return str(sealing.opened(item))


def _codes(card: Product) -> list[GoodsCode]:
    return list(GoodsCode.query(card.skus[0].id, consistent_read=True))


def checked(http: Client, drain: Do) -> Any:
    check_id = jobs.run("check_ledgers")
    drain()
    return http.as_(staff_token("payments.read")).get(f"/admin/ledger-checks/{check_id}").ok()


def test_whatever_becomes_of_codes_the_stock_follows(pooled: Product, http: Client, drain: Do) -> None:
    found = checked(http, drain)
    assert "codes" in found["ledgers"]
    assert (found["done"], found["accounts"] >= 2, found["wrong"], found["differences"]) == (True, True, 0, [])
    assert [sum(1 for each in _codes(pooled) if getattr(each, name)) for name in ("free_sku_id", "order_id")] == [3, 3]


def spoiled_stock(card: Product) -> None:
    stock = Stock.get(card.id, card.skus[0].id)
    stock.available += 1
    stock.save()


def spoiled_campaign(card: Product) -> None:
    stock = Stock.get(CAMPAIGN, card.skus[0].id)
    stock.available -= 1
    stock.save()


def lost_entry(card: Product) -> None:
    next(each for each in StockEntry.query(f"{card.id}/{card.skus[0].id}") if each.reason == "pooled").delete()


def lost_code(card: Product) -> None:
    next(each for each in _codes(card) if each.free_sku_id).delete()


def code_of_nobody(card: Product) -> None:
    """Neither free nor given: nobody can have it."""
    item = next(each for each in _codes(card) if each.free_sku_id)
    item.update([GoodsCode.free_sku_id.remove()])


def codes_given_to_nobody(card: Product) -> None:
    """The pool holds as many codes as ever, and fewer than are for sale are free."""
    for item in [each for each in _codes(card) if each.free_sku_id]:
        item.update([GoodsCode.free_sku_id.remove(), GoodsCode.order_id.set("ord_none")])


@pytest.mark.parametrize("spoil", [spoiled_stock, spoiled_campaign, lost_entry, lost_code, code_of_nobody])
def test_what_does_not_agree_is_shown_and_rings(
    pooled: Product, http: Client, drain: Do, caplog: pytest.LogCaptureFixture, spoil: Callable[[Product], None]
) -> None:
    spoil(pooled)
    with caplog.at_level(logging.ERROR):
        found = checked(http, drain)
    owner = CAMPAIGN if spoil is spoiled_campaign else pooled.id
    assert [each["account"] for each in found["differences"]] == [f"codes#{owner}/{pooled.skus[0].id}"]
    assert (found["wrong"], found["differences"][0]["member_id"]) == (1, None)
    assert [record.alarm for record in caplog.records if hasattr(record, "alarm")] == [True]


def test_fewer_are_free_than_are_for_sale(desk: Client, http: Client, drain: Do) -> None:
    card = shop.product("pooled", stock=0, kind=ProductKind.CODE)
    upload(desk, card, "CODE-1", "CODE-2").ok()
    codes_given_to_nobody(card)
    (wrong,) = checked(http, drain)["differences"]
    assert (wrong["balance"], wrong["entries_sum"]) == (2, 2)
    assert (wrong["buckets"], wrong["entries_buckets"]) == ({"codes": 2, "free": 0}, {"codes": 2, "free": 2})


def test_codes_that_come_meanwhile_are_read_again(
    pooled: Product, desk: Client, http: Client, drain: Do, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest, done = service._codes_of, []

    def busy(sku_id: str) -> dict[str, int]:
        if not done:
            done.append(upload(desk, pooled, "CODE-8").ok())
        return honest(sku_id)

    monkeypatch.setattr(service, "_codes_of", busy)
    assert (checked(http, drain)["wrong"], len(done)) == (0, 1)
