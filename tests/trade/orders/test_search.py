"""One search over all that staff ask for: what is asked together must hold together, and no request looks at more
than its share."""

from __future__ import annotations

import itertools

import pytest

from chalicelib.core import clock, ids
from chalicelib.trade.orders.desk.searching import service as searching
from chalicelib.trade.orders.desk.searching.leads import service as leads
from chalicelib.trade.orders.desk.searching.leads.service import order_finders
from chalicelib.trade.orders.desk.searching.matching import service as matching
from chalicelib.trade.orders.desk.searching.matching.service import order_filters
from chalicelib.trade.orders.desk.searching.schemas import FindOrders
from chalicelib.trade.orders.models import Fulfillment, Order, OrderProduct, PickupPlace, Receiver
from chalicelib.trade.pricing.schemas import Adjustment, Target
from tests.trade import factories
from tests.trade.fulfillment.factories import pay, unpaid

CAMPAIGN, COUPON = ids.derive("cmp", "quilts"), ids.derive("cpn", "ten off")


@pytest.fixture
def desk(http, frozen):
    return http.as_(factories.staff_token("orders.read"))


def found(desk, **asked):
    return [each["number"] for each in desk.get("/admin/orders", query=asked).ok()["items"]]


def change(order, **more):
    for name, value in more.items():
        setattr(order, name, value)
    order.save()
    return order


def receiver(name, phone="13800000000"):
    return Receiver(name=name, phone=phone)


@pytest.fixture
def few_days(monkeypatch):
    """Days are what a search in memory spends its time with."""
    monkeypatch.setattr(leads, "DEFAULT_DAYS", 2)


@pytest.fixture
def shelf(cloud, frozen):
    """A product with codes."""
    item = factories.product("QUILT-2026", values=("白", "灰"))
    item.skus[1].code, item.skus[1].barcode = "Q26-GREY", "6901234567892"
    item.save()
    return item


@pytest.fixture
def orders(shelf, few_days):
    """Three orders that differ in everything: plain and unpaid; paid and dear; fetched, of a campaign."""
    plain = change(unpaid((("sku_1", 1),), member_id="mem_one"), refunded_units={"0": 1})
    dear = change(
        unpaid((("sku_2", 9),), member_id="mem_two"),
        receiver=receiver("欧阳娜娜", "13912345678"),
        phone="13912345678",
        remark="送货前请打电话",
        memo="VIP 客户",
        source="poster",
    )
    pay(dear)
    fetched = unpaid((("sku_3", 2),), member_id="mem_two")
    line = fetched.lines[0].model_copy(
        update={"product_id": shelf.id, "sku_id": shelf.skus[1].id, "name": "Silk 被", "stock_owner": CAMPAIGN}
    )
    gift = Adjustment(kind="group_buy", source_id=COUPON, title="拼团", target=Target.GOODS, amount=-500, shares=[-500])
    change(
        fetched,
        lines=[line],
        adjustments=[gift],
        payable_amount=1500,
        fulfillment=Fulfillment.PICKUP,
        place=PickupPlace(store_id="sto_near", name="徐家汇店"),
        holds=["group_buy:grp_7"],
    )
    return {"plain": plain, "dear": dear, "fetched": fetched}


QUESTIONS = {
    "dear": [
        {"phone": "13912345678"},
        {"phone_tail": "5678"},
        {"receiver": "娜"},
        {"member_id": "mem_two", "product_id": "prd_sku_2"},
        {"product": "SKU_2"},
        {"sku_id": "sku_2"},
        {"text": "vip"},
        {"text": "打电话"},
        {"text": "5678"},
        {"amount_from": 9000},
        {"source": "poster"},
        {"status": "paid"},
        {"member_id": "mem_two", "status": "paid", "from_day": "2026-11-24", "to_day": "2026-11-24"},
        {"paid_from_day": "2026-11-24", "paid_to_day": "2026-11-24"},
        {"paid_to_day": "2026-11-25"},
        {"has_memo": "true"},
        {"has_remark": "true"},
        {"q": "139 1234 5678"},
        {"q": "+86 139-1234-5678"},
        {"q": "５６７８"},
        {"q": "欧阳"},
    ],
    "fetched": [
        {"sku_code": "q26-grey"},
        {"sku_code": "6901234567892"},
        {"sku_code": "quilt-2026"},
        {"q": "Q26-GREY"},
        {"q": "silk"},
        {"part_of": CAMPAIGN},
        {"part_of": "grp_7"},
        {"adjustment": "group_buy"},
        {"adjusted_by": COUPON},
        {"part_of": COUPON},
        {"q": COUPON},
        {"q": CAMPAIGN},
        {"fulfillment": "pickup"},
        {"has_hold": "true"},
        {"store_id": "sto_near"},
        {"amount_from": 1500, "amount_to": 1999},
        {"member_id": "mem_two", "amount_to": 1500},
    ],
    "plain": [
        {"amount_to": 1000},
        {"has_refund": "true"},
        {"phone": "13800000000", "fulfillment": "parcel"},
        {"member_id": "mem_one"},
        {"product": "被 sku_1"},
    ],
}
NOTHING = [
    {"phone": "13912345678", "receiver": "王"},
    {"member_id": "mem_two", "product_id": "prd_sku_1"},
    {"member_id": "mem_two", "to_day": "2026-11-23"},
    {"phone": "13912345678", "q": "13800000000"},
    {"phone": "13912345678", "from_day": "2026-11-27"},
    {"product_id": "prd_sku_2", "to_day": "2026-11-20"},
    {"paid_from_day": "2026-11-25"},
    {"q": "13900000000"},
    {"q": "查无此人"},
    {"q": "0" * 20},
    {"tracking_number": "no courier's"},
    {"after_sale_number": "9" * 20},
    {"payment_id": "1" * 22},
    {"transaction_id": "1"},
    {"sku_code": "q26"},
    {"store_id": "sto_far"},
    {"adjusted_by": CAMPAIGN},
]


def test_each_question_finds_its_order_and_no_other(desk, orders, cloud):
    with cloud.unchanged():
        for name, questions in QUESTIONS.items():
            for asked in questions:
                assert found(desk, **asked) == [orders[name].number], asked
        for order in orders.values():
            assert found(desk, number=order.number) == found(desk, q=f" {order.number} ") == [order.number]
        for asked in NOTHING:
            assert found(desk, **asked) == [], asked


def test_every_field_of_the_question_is_answered_by_someone(_app):
    """A filter that nobody looks at would find too much; a finder without a field would never be asked."""
    known = set(FindOrders.model_fields) - {"q", "limit", "cursor"}
    answers = [*matching._TESTS, *order_finders, *order_filters]
    assert sorted(known) == sorted(answers)


def test_what_was_typed_is_said_as_what_it_was_understood(desk, orders):
    def understood(q):
        return desk.get("/admin/orders", query={"q": q}).ok()["understood_as"]

    assert understood("13912345678") == "phone"
    assert understood(orders["dear"].number) == "number"
    assert understood(COUPON) == "part_of"
    assert understood("欧阳") == "text"
    assert understood("SF9999999999999") == "text"  # no such parcel: perhaps it stands in a memo
    assert desk.get("/admin/orders").ok()["understood_as"] is None


def test_no_request_looks_at_more_than_its_share(desk, cloud, frozen, monkeypatch):
    """A rare word among many orders: short pages, each with a cursor, until all were looked at once."""
    monkeypatch.setattr(searching, "MOST_EXAMINED", 4)
    monkeypatch.setattr(searching, "READ_AT_ONCE", 3)
    rare = []
    for number in range(11):
        order = unpaid((("sku_1", 1),))
        if number in (0, 1, 2, 8):
            rare.append(change(order, memo="加急"))
        frozen.move(hours=8)
    desk = desk.as_(factories.staff_token("orders.read"))
    pages, cursor = [], None
    for _ in range(20):
        page = desk.get("/admin/orders", query={"q": "加急", "limit": 2, "cursor": cursor}).ok()
        assert page["examined"] <= 4
        pages.append(page)
        cursor = page["cursor"]
        if cursor is None:
            break
        frozen.move(hours=3)  # also over midnight: the days are those of the first page
        desk = desk.as_(factories.staff_token("orders.read"))
    assert [each["number"] for page in pages for each in page["items"]] == [order.number for order in rare[::-1]]
    assert sum(page["examined"] for page in pages) == 11
    assert [] in [page["items"] for page in pages[:-1]]
    days = [page["searched_to"] for page in pages]
    assert days == sorted(days, reverse=True)
    assert days[-1] == "2026-10-29"


@pytest.mark.parametrize("asked", [{"phone": "13800000000"}, {"member_id": "mem_one"}, {"product_id": "prd_sku_1"}])
def test_pages_of_a_key_show_each_order_once(desk, cloud, frozen, asked):
    made = []
    for _ in range(5):
        made.append(unpaid((("sku_1", 1),)))
        OrderProduct(product_id="prd_sku_1", order_id=made[-1].id, member_id="mem_one").save()
        frozen.move(seconds=1)
    seen, cursor = [], None
    for _ in itertools.count():
        page = desk.get("/admin/orders", query={**asked, "has_memo": "false", "limit": 2, "cursor": cursor}).ok()
        seen += [each["number"] for each in page["items"]]
        assert page["searched_to"] is None
        cursor = page["cursor"]
        if cursor is None:
            break
    assert seen == [order.number for order in made[::-1]]


def test_days_bound_what_a_key_is_read_for(desk, cloud, frozen, monkeypatch):
    """Old orders of a much-sold product are found at once, not after all that came later."""
    monkeypatch.setattr(searching, "MOST_EXAMINED", 3)
    old = unpaid((("sku_1", 1),))
    older = Order.find(old.member_id, old.id)
    frozen.move(days=10)
    for _ in range(6):
        unpaid((("sku_1", 1),))
    desk = desk.as_(factories.staff_token("orders.read"))
    page = desk.get("/admin/orders", query={"phone": "13800000000", "to_day": "2026-11-25"}).ok()
    assert ([each["number"] for each in page["items"]], page["examined"], page["cursor"]) == ([older.number], 1, None)
    page = desk.get("/admin/orders", query={"phone": "13800000000", "from_day": "2026-12-31"}).ok()
    assert (page["items"], page["cursor"]) == ([], None)
    assert page["examined"] <= 3


@pytest.mark.parametrize(
    "asked",
    [
        {"q": ""},
        {"q": "x" * 65},
        {"phone_tail": "123"},
        {"amount_from": 5, "amount_to": 4},
        {"amount_from": -1},
        {"paid_from_day": "2026-11-25", "paid_to_day": "2026-11-24"},
        {"paid_from_day": "0001-01-01"},
        {"to_day": "9999-12-31"},
        {"fulfillment": "drone"},
        {"has_memo": "perhaps"},
        {"has_open_after_sale": "perhaps"},
        {"after_sale_kind": "swap"},
        {"after_sale_status": "OPEN"},
        {"unknown": "x"},
        {"q": "x", "cursor": "AAAA"},
    ],
)
def test_questions_that_make_no_sense(desk, asked):
    assert desk.get("/admin/orders", query=asked).status == 422


def test_ids_tell_their_time(frozen):
    edge = ids.first_at("ord", clock.now())
    assert edge < ids.new("ord")
    frozen.move(seconds=-0.001)
    assert ids.new("ord") < edge
