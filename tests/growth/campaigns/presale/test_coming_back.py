"""After-sales bring pieces of a presale back: on sale again, beside those that wait for others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.events import ReleaseReturned
from chalicelib.growth.campaigns.presale.models import held_owner
from tests.growth.campaigns.factories import had, left
from tests.growth.campaigns.presale.factories import BALANCE_BEGINS, WHOLE, Stand
from tests.harness import Cloud
from tests.trade import factories
from tests.trade.after_sales.factories import Counter

Open = Callable[..., Stand]


def mine(stand: Stand) -> int:
    """What counts against Ann's limit."""
    return had(stand.member("ann"), stand.campaign).get(stand.sku_id, 0)


@pytest.fixture
def shop(stand: Stand, cloud: Cloud) -> Counter:
    """Ann's, who bought two; one waits for Bob."""
    return ann_bought(stand, cloud, 2)


def ann_bought(stand: Stand, cloud: Cloud, quantity: int) -> Counter:
    mine = stand.deposit(quantity=quantity)
    stand.deposit("bob")
    stand.until(BALANCE_BEGINS)
    stand.pay_order(stand.order(mine, quantity=quantity))
    return Counter(stand.http, cloud, stand.clock, stand.partners, stand.drain, stand.named("ann").shopper)


def order_of(shop: Counter) -> Any:
    (order,) = factories.orders_of(shop.shopper.id)
    return order


def test_a_piece_that_comes_back_is_on_sale_again(stand: Stand, shop: Counter) -> None:
    """Not under the key at which pieces wait for members."""
    before = left(stand.campaign, stand.product)
    shop.refund(order_of(shop), (0, 1)).ok()
    shop.settle()
    stand.wait(minutes=5)
    assert (stand.held(), left(stand.campaign, stand.product)) == (1, before + 1)
    assert stand.held() + left(stand.campaign, stand.product) + factories.available(stand.product) + 1 == WHOLE


def test_so_is_one_for_which_the_buyer_got_another(stand: Stand, shop: Counter) -> None:
    before = left(stand.campaign, stand.product)
    order = order_of(shop)
    shop.ship(order).ok()
    changed = shop.returned(order, (0, 1), kind="exchange")
    shop.decide(changed, "inspect").ok()
    shop.settle()
    stand.wait(minutes=5)
    assert (stand.held(), left(stand.campaign, stand.product)) == (1, before + 1)


def test_while_it_is_on_its_way_the_piece_of_another_is_left_alone(stand: Stand, shop: Counter) -> None:
    """The stock's own reaction is late: what lies at the key is Bob's."""
    before = left(stand.campaign, stand.product)
    named = {"campaign_id": stand.campaign["id"], "owner": held_owner(stand.campaign["id"]), "sku_id": stand.sku_id}
    with Transaction() as tx:
        tx.emit(ReleaseReturned(**named, pieces=1, after_sale_id="afs_late"))
    stand.drain()
    assert (stand.held(), left(stand.campaign, stand.product)) == (1, before)


def test_it_no_longer_counts_against_the_limit(opened: Open, cloud: Cloud) -> None:
    """Its pieces were counted with the deposit: each is given back once, whatever is told twice."""
    stand = opened(per_member_max=2)
    shop = ann_bought(stand, cloud, 2)
    order = order_of(shop)
    assert mine(stand) == 2
    for left_over in (1, 0):
        shop.refund(order, (0, 1)).ok()
        shop.settle()
        stand.drain(twice=True, redeliver=True)
        assert mine(stand) == left_over
    stand.wait(minutes=5)
    assert mine(stand) == 0
    assert had(stand.member("bob"), stand.campaign) == {stand.sku_id: 1}


def test_a_piece_that_stays_with_the_buyer_counts_on(opened: Open, cloud: Cloud) -> None:
    stand = opened(per_member_max=2)
    shop = ann_bought(stand, cloud, 2)
    order = order_of(shop)
    shop.ship(order).ok()
    shop.agree(shop.apply(order, (0, 1)))
    shop.settle()
    assert mine(stand) == 2


def test_a_canceled_order_leaves_it_counted(opened: Open) -> None:
    """The deposit waits, and its piece is held: it can be ordered again, and counts once."""
    stand = opened(per_member_max=1)
    view = stand.deposit()
    stand.until(BALANCE_BEGINS)
    stand.cancel(stand.order(view))
    assert mine(stand) == 1
    stand.pay_order(stand.order(view))
    assert mine(stand) == 1
