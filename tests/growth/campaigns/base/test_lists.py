"""The product has nothing left, a running campaign has: lists and their filter do not call it sold out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.core import clock, jobs
from chalicelib.loyalty.segments.models import Segment, SegmentStatus
from chalicelib.loyalty.segments.rules.schemas import Condition
from chalicelib.mall.catalog.products.models import Product
from chalicelib.trade.payments.purchases import service as purchases
from infra.local import faults
from infra.local.partners import Partners
from tests.growth.campaigns.factories import Booth, change_pieces, item
from tests.growth.campaigns.flash_sale.factories import PLAY as FLASH_SALE
from tests.growth.campaigns.flash_sale.factories import SESSIONS, TEN, TWO_PM, WINDOW
from tests.growth.campaigns.flash_sale.factories import goods as flash_goods
from tests.growth.campaigns.presale import factories as presale
from tests.growth.campaigns.product_trial import factories as trial
from tests.harness import Client, MovableClock
from tests.loyalty.factories import Counter
from tests.mall.storefront.factories import refreshed
from tests.trade import factories

Do = Callable[..., Any]
PRICE, CHEAP, ALL = 12_000, 9_900, 3


@pytest.fixture
def quilt(counter: Counter) -> Product:
    return factories.product(price=PRICE, stock=ALL)


@pytest.fixture
def look(http: Client, drain: Do, frozen: MovableClock) -> Callable[[Product], bool]:
    """What lists say of a product when they have followed; the filter says the same, and asking cost no read."""

    def run(product: Product) -> bool:
        refreshed(drain, frozen)
        http.get("/products").ok()  # this container looks for a newer index
        with faults.watched() as watch:
            cards = {each["id"]: each["in_stock"] for each in http.get("/products").ok()["items"]}
            filtered = {each["id"] for each in http.get("/products", query={"in_stock": "true"}).ok()["items"]}
        assert [each for each in watch.steps if each.startswith("dynamodb")] == []
        assert (product.id in filtered) == cards[product.id]
        return bool(cards[product.id])

    return run


Look = Callable[[Product], bool]


def test_from_its_beginning_to_its_last_piece(
    booth: Booth, counter: Counter, quilt: Product, look: Look, drain: Do, sweep: Do
) -> None:
    assert look(quilt)
    campaign = booth.run("limited_discount", item(quilt, CHEAP, stock=ALL), begins=1, lasts=2)
    assert not look(quilt)  # set aside, and not for sale yet
    sweep(minutes=62)
    assert look(quilt)
    counter.order(factories.line(quilt, ALL))
    assert not look(quilt)
    booth.step(campaign, "stop")
    assert not look(quilt)


def test_when_everything_is_read_anew(booth: Booth, quilt: Product, look: Look) -> None:
    booth.run("limited_discount", item(quilt, CHEAP, stock=ALL))
    jobs.run("rebuild_search_index")
    assert look(quilt)


@pytest.mark.parametrize("how", ["ended", "stopped", "withdrawn"])
def test_its_pieces_go_home(
    booth: Booth, quilt: Product, look: Look, sweep: Do, frozen: MovableClock, how: str
) -> None:
    begins = 1 if how == "withdrawn" else 0
    campaign = booth.run("limited_discount", item(quilt, CHEAP, stock=ALL), begins=begins, lasts=1)
    assert look(quilt) == (how != "withdrawn")
    if how == "ended":
        sweep(minutes=70)
    else:
        booth.step(campaign, "stop" if how == "stopped" else "withdraw")
    assert look(quilt)
    assert factories.available(quilt) == ALL


def test_a_canceled_order_makes_it_for_sale_again(
    booth: Booth, counter: Counter, quilt: Product, look: Look, sweep: Do
) -> None:
    booth.run("limited_discount", item(quilt, CHEAP, stock=ALL))
    order = counter.order(factories.line(quilt, ALL))
    assert not look(quilt)
    counter.cancel(order)
    look(quilt)  # the board still says sold out
    sweep(minutes=3)
    assert look(quilt)


def test_staff_take_pieces_out_and_put_them_in(booth: Booth, quilt: Product, look: Look) -> None:
    few_buy()
    campaign = booth.run("limited_discount", item(quilt, CHEAP, stock=ALL), segment_id="seg_1")
    assert not look(quilt)
    change_pieces(booth, campaign, -1, sku_id=quilt.skus[0].id).ok()
    assert look(quilt)  # its own
    change_pieces(booth, campaign, 1, "pieces-02", sku_id=quilt.skus[0].id).ok()
    assert not look(quilt)


def test_a_ticket_of_a_flash_sale(booth: Booth, quilt: Product, look: Look, sweep: Do) -> None:
    """A session that is over sells nothing, whatever lies in it: its end itself brings that to the lists. What has a
    session to come is still for sale."""
    later = factories.product("later", price=PRICE, stock=ALL)
    lines = [flash_goods(quilt, pieces={TEN: ALL}), flash_goods(later, pieces={TEN: 1, TWO_PM: ALL - 1})]
    booth.run(FLASH_SALE, *lines, settings={"sessions": SESSIONS}, **WINDOW)
    assert (look(quilt), look(later)) == (True, True)
    sweep(minutes=121)
    assert (look(quilt), look(later)) == (False, True)
    sweep(minutes=240)
    assert not look(later)


def test_a_deposit_of_a_presale(booth: Booth, counter: Counter, quilt: Product, look: Look, partners: Partners) -> None:
    """The deposit takes the piece, not the order weeks later; unpaid, it is for others again."""
    began_at = clock.now()
    terms = {"deposit_amount": 1000}
    line = item(quilt, CHEAP, stock=ALL, terms=terms)
    campaign = booth.run(presale.PLAY, line, lasts=6, settings=presale.dates(began_at))
    assert look(quilt)
    named = {"campaign_id": campaign["id"], "product_id": quilt.id, "sku_id": quilt.skus[0].id, "quantity": ALL}
    begun = counter.buyer.post("/presale-deposits", json=named, key="tap-00001").ok()
    assert not look(quilt)
    purchases.close(purchases.load(begun["id"]))
    assert look(quilt)


def test_what_is_for_few_or_no_sale(booth: Booth, quilt: Product, look: Look) -> None:
    """Everybody's list does not tell what a few may buy, nor of pieces that nobody buys."""
    few_buy()
    booth.run("limited_discount", item(quilt, CHEAP, stock=ALL), segment_id="seg_1")
    newcomers = factories.product("newcomers", price=PRICE, stock=ALL)
    booth.run("first_purchase", item(newcomers, CHEAP, stock=ALL))
    tried = factories.product("tried", price=PRICE, stock=ALL)
    rules = trial.rules(clock.now())
    booth.run(trial.PLAY, item(tried, 0, stock=ALL), lasts=96, settings=rules)
    assert [look(each) for each in (quilt, newcomers, tried)] == [False, False, False]


def few_buy() -> None:
    """There is a segment."""
    rule = Condition.model_validate({"field": "order_count", "op": "at_least", "number": 1})
    Segment(id="seg_1", title="老客", rule=rule, status=SegmentStatus.ACTIVE, created_at=clock.now()).save()
