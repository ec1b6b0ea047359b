"""What becomes of an after-sale is told to its buyer, once."""

from __future__ import annotations

import pytest

from chalicelib.growth.notifications.kinds.schemas import Type
from chalicelib.growth.notifications.values.service import fit
from tests.growth.notifications.conftest import Shop
from tests.growth.notifications.factories import Buyer, buyer
from tests.trade.after_sales.factories import RETURN_TO, Counter, waybill

KINDS = ("after_sale_agreed", "after_sale_refused", "after_sale_replaced")


@pytest.fixture
def person(shop: Shop) -> Buyer:
    """Agreed once to each."""
    shop.tell(*KINDS)
    made = buyer()
    shop.agree(made, *KINDS)
    return made


@pytest.fixture
def counter(shop: Shop, person: Buyer) -> Counter:
    return Counter(shop.http, shop.cloud, shop.clock, shop.partners, shop.drain, shopper=person.member)


def test_agreed_replaced_refused(shop: Shop, person: Buyer, counter: Counter) -> None:
    """With the courier's name, the address to send to and until when, and the reason."""
    order = counter.shipped((5_000, 2))
    sale = counter.apply(order, (0, 1), kind="exchange")
    counter.agree(sale, return_to=RETURN_TO)
    counter.drain(twice=True)
    (agreed,) = shop.shown(person)
    assert agreed.data["character_string1"] == sale["number"]
    assert agreed.page == f"pages/after-sale/detail?id={sale['id']}"
    assert agreed.data["thing3"].startswith("上海市徐汇区")
    due_at = counter.sale(sale).due_at
    assert due_at is not None
    assert agreed.data["time4"] == fit("time4", due_at, Type.TIME)
    counter.say(sale, "send-back", **waybill(51)).ok()
    counter.decide(sale, "inspect").ok()
    counter.decide(sale, "replacement", **waybill(52)).ok()
    counter.drain(twice=True)
    other = counter.apply(order, (0, 1))
    counter.decide(other, "refuse", reason="已签收").ok()
    counter.drain(twice=True)
    _, replaced, refused = shop.shown(person)
    assert replaced.data["character_string4"] == waybill(52)["tracking_number"]
    assert replaced.data["thing3"] == "顺丰速运"
    assert refused.data["thing3"] == "已签收"


def test_time_closes_it_and_nobody_agreed_to_be_told_twice(shop: Shop, person: Buyer, counter: Counter) -> None:
    """What closes by itself is told with its reason; the second refusal has no acceptance left, and is not sent."""
    order = counter.shipped((5_000, 2))
    sale = counter.apply(order, (0, 1), kind="return_and_refund")
    counter.agree(sale, return_to=RETURN_TO)
    counter.wait(days=8)
    counter.drain(twice=True)
    told = shop.shown(person)
    assert [each.data["thing3"] for each in told[1:]] == ["买家超时未寄回商品，售后关闭"]
    other = counter.apply(order, (0, 1))
    counter.decide(other, "refuse", reason="已签收").ok()
    counter.drain(twice=True)
    assert len(shop.shown(person)) == 2
    assert shop.counted("after_sale_refused") == {"sent": 1, "skipped": 1}


def test_sent_before_it_was_told_where_to(shop: Shop, person: Buyer, counter: Counter) -> None:
    order = counter.shipped((5_000, 1))
    sale = counter.apply(order, (0, 1), kind="return_and_refund")
    counter.agree(sale, return_to=RETURN_TO)
    counter.say(sale, "send-back", **waybill(51)).ok()
    counter.drain(twice=True)
    assert shop.shown(person) == []
