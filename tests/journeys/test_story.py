"""The whole story: staff bring a catalog in and put it on sale; a buyer finds, orders, pays; the order is paid once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from chalicelib.core import aws, jobs
from chalicelib.core.settings import settings
from chalicelib.mall.identity.staff.accounts.service import bootstrap_owner
from infra.local.demo.browser import multipart
from infra.local.demo.goods import BRANDS, CATEGORIES, ITEMS
from infra.local.partners import Partners
from infra.local.storage import PREFIX, Storage
from tests.harness import Client, Cloud, MovableClock
from tests.journeys.people import Customer, available
from tests.mall.catalog import yanxuan

Line = dict[str, Any]
PASSWORD = "a long enough password"


@dataclass(frozen=True)
class Files:
    """A catalog as lines of the mall's own format, and how many products each word shall find at least."""

    categories: Sequence[Line]
    brands: Sequence[Line]
    products: Sequence[Line]
    words: Mapping[str, int]


def demo() -> Files:
    """The goods of ``make run``."""
    return Files(
        [{"path": path, "summary": text} for path, text in CATEGORIES.items()],
        [{"name": name, "summary": text} for name, text in BRANDS.items()],
        [item.line(dict.fromkeys(item.colors, f"https://media.test/{item.code}.jpg")) for item in ITEMS],
        {"四件套": 1, "蚕丝被": 1, "毛巾": 2, "锅": 2},
    )


def real() -> Files:
    """A real shop's catalog, where the data set is at hand: nothing on sale yet."""
    if not yanxuan.there():
        pytest.skip("the real catalog is not on this machine")
    products = [{name: value for name, value in line.items() if name != "status"} for line in yanxuan.products()]
    words = {"四件套": 4, "蚕丝被": 2, "毛巾": 3, "锅": 5}
    return Files(yanxuan.categories(), yanxuan.brands(), products, words)


@pytest.fixture(params=[demo, real], ids=["demo", "real"])
def files(request: pytest.FixtureRequest) -> Files:
    found: Files = request.param()
    return found


@pytest.fixture
def staff(http: Client, frozen: MovableClock) -> Client:
    """The owner, logged in."""
    bootstrap_owner("owner", PASSWORD)
    session = http.post("/admin/sessions", json={"username": "owner", "password": PASSWORD}).ok()
    return http.as_(session["token"])


def bring_in(staff: Client, drain: Callable[..., Any], subject: str, lines: Sequence[Line]) -> dict[str, Any]:
    """Import a file; gives the import when it has ended."""
    content = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    asked = {"subject": subject, "format": "jsonl", "file_name": f"{subject}.jsonl", "content": None}
    made = staff.post("/admin/imports", json=asked).ok()
    put_at(made["upload"], content.encode())
    staff.post(f"/admin/imports/{made['job']['id']}/start").ok()
    drain()
    ended: dict[str, Any] = staff.get(f"/admin/imports/{made['job']['id']}").ok()
    return ended


def put_at(form: Mapping[str, Any], content: bytes) -> None:
    """What a browser does with the signed form, at the laptop's S3."""
    content_type, body = multipart(form["fields"], content)
    store = Storage(aws.client("s3"), settings().media_bucket, settings().region, "")
    answer = store("POST", f"{PREFIX}/{settings().work_bucket}", [("Content-Type", content_type)], body)
    assert answer.status == 204, answer.body


def open_shop(staff: Client, files: Files, drain: Callable[..., Any]) -> None:
    """The catalog imported, listed, and in the search index."""
    for subject in ("categories", "brands", "products"):
        lines = getattr(files, subject)
        if not lines:
            continue
        job = bring_in(staff, drain, subject, lines)
        assert (job["status"], job["created"], job["bad"]) == ("finished", len(lines), 0), job
    drafts = each_of(staff, "/admin/products", status="draft")
    assert len(drafts) == len(files.products)
    for product in drafts:
        assert staff.post(f"/admin/products/{product['id']}/list").ok()["status"] == "listed"
    drain()
    jobs.run("refresh_search_index")


def each_of(client: Client, path: str, **query: Any) -> list[dict[str, Any]]:
    """Every item of a list, page after page."""
    found: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = client.get(path, query={**query, "limit": 100, "cursor": cursor}).ok()
        found += page["items"]
        cursor = page["cursor"]
        if cursor is None:
            return found


def test_from_a_file_to_a_paid_order(
    files: Files,
    http: Client,
    staff: Client,
    cloud: Cloud,
    partners: Partners,
    frozen: MovableClock,
    drain: Callable[..., Any],
    sweep: Callable[..., Any],
    deliver: Callable[[], list[int]],
) -> None:
    open_shop(staff, files, drain)

    # The same files again change nothing.
    for subject in ("categories", "products"):
        again = bring_in(staff, drain, subject, getattr(files, subject))
        assert (again["created"], again["changed"], again["unchanged"]) == (0, 0, len(getattr(files, subject)))
        assert again["status"] == "finished"

    lin = Customer.log_in(http, partners, "o-lin")
    assert lin.bind_phone("13800138000")["phone"] == "13800138000"
    lin.add_address()
    lin.add_address(detail="文二路 391 号", is_default=True)
    assert len(lin.http.get("/me/addresses").ok()["items"]) == 2

    chosen = browse(lin, files)
    before = {line["sku_id"]: available(http, line["product_id"], line["sku_id"]) for line in chosen}
    for line in chosen:
        lin.http.post("/cart/items", json=line).ok()
    quote = lin.preview()
    assert quote["payable_amount"] == quote["goods_amount"] - quote["discount_amount"] + quote["freight_amount"]
    assert quote["payable_amount"] == sum(each["amount"] for each in quote["adjustments"]) + quote["goods_amount"]

    order = lin.order(key="tap-0001")
    assert order["id"] == lin_again(lin, order)["id"]
    assert {line["sku_id"]: before[line["sku_id"]] - line["quantity"] for line in chosen} == {
        line["sku_id"]: available(http, line["product_id"], line["sku_id"]) for line in chosen
    }

    payment_id = lin.pay(order)
    assert lin.see(order)["status"] == "pending_payment"
    knock_at_once(partners, payment_id, times=8)
    drain(twice=True)
    paid = lin.see(order)
    assert (paid["status"], paid["paid_amount"]) == ("processing", order["payable_amount"])

    for _ in range(3):
        frozen.move(minutes=20)
        partners.wechat_pay.tell_paid_again(payment_id)
        assert set(deliver()) == {200}
        sweep(minutes=20, twice=True)
    assert lin.see(order) == paid
    assert lin.trade(payment_id)["refunds"] == []
    assert lin.http.get("/cart").ok()["items"] == []

    assert_seen_by_staff(staff, order)
    assert len(cloud.items("payments")) == len(cloud.items("orders")) == 1
    assert cloud.items("refunds") == []
    assert not cloud.dead_letters()


def lin_again(lin: Customer, order: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same tap, because the first answer was lost on the way."""
    body = {"address_id": lin.address_id, "expected_payable_amount": order["payable_amount"]}
    again: Mapping[str, Any] = lin.http.post("/orders", json=body, key="tap-0001").ok()
    return again


def browse(lin: Customer, files: Files) -> list[Line]:
    """Tree, search, filters, sorts, pages; gives two lines to buy."""
    tree = lin.http.get("/categories").ok()["items"]
    assert len(tree) == sum("/" not in each["path"] for each in files.categories)
    assert lin.http.get("/products").ok()["total"] == len(files.products)
    for word, least in files.words.items():
        found = lin.http.get("/products", query={"keyword": word}).ok()
        assert found["total"] >= least, word
        assert any(word in each["name"] or word in (each["summary"] or "") for each in found["items"]), found
    by_price = each_of_list(lin.http, sort="price_asc")
    assert len(by_price) == len(files.products)
    assert [each["price_amount"] for each in by_price] == sorted(each["price_amount"] for each in by_price)
    middle = by_price[len(by_price) // 2]["price_amount"]
    cheap = each_of_list(lin.http, sort="price_desc", max_amount=middle)
    assert {each["id"] for each in cheap} == {each["id"] for each in by_price if each["price_amount"] <= middle}
    branch = each_of_list(lin.http, category_id=tree[0]["id"])
    assert 0 < len(branch) < len(by_price)
    lines = []
    for word, quantity in (("四件套", 1), ("毛巾", 2)):
        card = lin.http.get("/products", query={"keyword": word, "in_stock": "true"}).ok()["items"][0]
        page = lin.http.get(f"/products/{card['id']}").ok()
        assert page["price_amount"] == card["price_amount"]
        sku = next(each for each in page["skus"] if each["available"] >= quantity)
        lines.append({"product_id": page["id"], "sku_id": sku["id"], "quantity": quantity})
    remembered = [each["text"] for each in lin.http.get("/me/searches").ok()["items"]]
    assert remembered[0] == "毛巾"
    return lines


def each_of_list(http: Client, **query: Any) -> list[dict[str, Any]]:
    return each_of(http, "/products", **query)


def knock_at_once(partners: Partners, payment_id: str, times: int) -> None:
    """WeChat sends so many notices of one payment, all in the same moment."""
    post = partners.wechat_pay.notices.post
    letters: list[tuple[Any, ...]] = []
    partners.wechat_pay.notices.post = lambda *letter: letters.append(letter) or 200
    for _ in range(times - 1):
        partners.wechat_pay.tell_paid_again(payment_id)
    partners.wechat_pay.notices.deliver_due()
    partners.wechat_pay.notices.post = post
    assert len(letters) == times
    with ThreadPoolExecutor(times) as pool:
        answers = list(pool.map(lambda letter: post(*letter), letters))
    # Busy is an honest answer: WeChat sends that notice again.
    assert set(answers) <= {200, 409, 503}, answers
    assert 200 in answers


def assert_seen_by_staff(staff: Client, order: Mapping[str, Any]) -> None:
    """The desk finds it every way there is, and counts it once."""
    for query in ({"number": order["number"]}, {"phone": "13800138000"}, {"status": "processing"}):
        found = staff.get("/admin/orders", query=query).ok()["items"]
        assert [each["number"] for each in found] == [order["number"]], query
    money = staff.get(f"/admin/orders/{order['number']}/payments").ok()
    assert [each["status"] for each in money["payments"]] == ["succeeded"]
    assert money["refunds"] == []
    day = staff.get("/admin/order-days", query={"from_day": "2026-11-24", "to_day": "2026-11-24"}).ok()["items"][0]
    assert (day["placed_count"], day["paid_count"], day["canceled_count"]) == (1, 1, 0)
    assert day["paid_amount"] == order["payable_amount"]


def test_a_bad_row_is_named_and_nothing_is_half_imported(
    staff: Client, http: Client, cloud: Cloud, drain: Callable[..., Any]
) -> None:
    files = demo()
    for subject in ("categories", "brands"):
        bring_in(staff, drain, subject, getattr(files, subject))
    bad = [
        *files.products[:5],
        {**files.products[5], "category": "居家/没有这个"},
        {**files.products[6], "skus": [{"values": [], "price_amount": -1}]},
        *files.products[7:],
    ]
    job = bring_in(staff, drain, "products", bad)
    assert (job["status"], job["created"], job["bad"]) == ("refused", 0, 2)
    issues = staff.get(f"/admin/imports/{job['id']}/errors").ok()["items"]
    assert {each["row"] for each in issues} == {6, 7}
    assert all(each["field"] and each["issue"] for each in issues)
    assert cloud.items("products") == cloud.items("stocks") == []

    # Mended, it goes in whole.
    assert bring_in(staff, drain, "products", files.products)["created"] == len(files.products)
