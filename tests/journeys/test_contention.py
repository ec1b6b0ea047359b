"""Four hundred buyers, thirty-two at a time, one hundred pieces: over real sockets, queues and schedules running."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from queue import Queue
from typing import Any

import pytest

from chalicelib.core import aws, clock, ids
from chalicelib.core.settings import settings
from chalicelib.mall.catalog.products.models import Product
from chalicelib.mall.identity.addresses.models import Address
from chalicelib.mall.identity.members.models import Member
from chalicelib.mall.identity.service import Buyer
from infra.local.demo.browser import Browser
from infra.local.runner import Runner
from tests.harness import Cloud
from tests.mall.catalog import factories as catalog

BUYERS, AT_ONCE, PIECES, PRICE = 400, 32, 100, 9_900
PATIENCE_SECONDS = 300.0  # each canceled order has a dozen reactions, on two shared cores


@pytest.fixture
def runner(cloud: Cloud, _app: Any) -> Iterator[Runner]:
    running = Runner(
        _app,
        sqs=aws.client("sqs"),
        now=clock.now,
        queue_url_base=settings().queue_url_base,
        prefix=settings().table_prefix,
        region=settings().region,
        port=0,
    )
    running.start()
    yield running
    running.stop()


@pytest.mark.dynoxide
def test_one_hundred_pieces_make_one_hundred_orders(runner: Runner, cloud: Cloud) -> None:
    product = catalog.product("rush", **catalog.plain(price_amount=PRICE, stock=PIECES))
    tokens = [(Buyer.token(member.id, member.openid), address.id) for member, address in crowd()]
    free: Queue[Browser] = Queue()
    for _ in range(AT_ONCE):
        free.put(Browser(runner.url))

    def buy(who: tuple[str, str]) -> str:
        browser = free.get()
        browser.token, address_id = who
        try:
            return tap(browser, product, address_id)
        finally:
            free.put(browser)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        told = Counter(pool.map(buy, tokens))
    while not free.empty():
        free.get().close()
    assert told == {"ordered": PIECES, "sold out": BUYERS - PIECES}
    assert_books_agree(cloud, PIECES)

    pass_time(runner, minutes=31)
    until(lambda: available(cloud) == PIECES, "every piece to come back")
    until(lambda: not any(cloud.messages(queue) for queue in ("reactions", "payments")), "quiet")
    assert {each["status"]["S"] for each in cloud.items("orders")} == {"canceled"}
    entries = Counter(each["reason"]["S"] for each in cloud.items("stock_entries"))
    assert entries == {"declared": 1, "taken": PIECES, "given_back": PIECES}
    assert not cloud.dead_letters()


def tap(browser: Browser, product: Product, address_id: str) -> str:
    """Buy now, and again with the same key while the mall says that it is busy, as a mini program does."""
    body = {
        "lines": [{"product_id": product.id, "sku_id": product.skus[0].id, "quantity": 1}],
        "address_id": address_id,
        "expected_payable_amount": PRICE,
    }
    for _ in range(20):
        reply = browser.send("POST", "/orders", json_body=body, key="tap-00001")
        if reply.code != "too_busy":
            break
    if reply.status == 201:
        return "ordered"
    reasons = {each["reason"] for each in reply.json["details"].get("lines", [])}
    sold_out = reply.code == "out_of_stock" or (reply.code == "lines_invalid" and reasons == {"out_of_stock"})
    return "sold out" if reply.status == 409 and sold_out else reply.body.decode()


def crowd() -> list[tuple[Member, Address]]:
    """So many members, each with an address."""
    now = clock.now()
    members = [Member(id=ids.new("mbr"), openid=f"o-{number}", registered_at=now) for number in range(BUYERS)]
    where = {
        "province_code": "330000",
        "city_code": "330100",
        "district_code": "330106",
        "province": "浙江省",
        "city": "杭州市",
        "district": "西湖区",
    }
    addresses = [
        Address(
            member_id=member.id,
            id=ids.new("adr"),
            name="林小屿",
            phone="13800138000",
            detail="西溪路 8 号",
            created_at=now,
            updated_at=now,
            **where,
        )
        for member in members
    ]
    with Member.batch_write() as batch:
        for member in members:
            batch.save(member)
    with Address.batch_write() as batch:
        for address in addresses:
            batch.save(address)
    return list(zip(members, addresses, strict=True))


def assert_books_agree(cloud: Cloud, sold: int) -> None:
    """Orders, stock and its log say the same."""
    orders = cloud.items("orders")
    assert len(orders) == len({each["member_id"]["S"] for each in orders}) == sold
    assert len({each["number"]["S"] for each in orders}) == sold
    assert available(cloud) == PIECES - sold == sum(int(each["delta"]["N"]) for each in cloud.items("stock_entries"))


def available(cloud: Cloud) -> int:
    (stock,) = cloud.items("stocks")
    return int(stock["available"]["N"])


def pass_time(runner: Runner, minutes: float) -> None:
    """The mall's clock jumps; its schedules notice by themselves, here they are not waited for."""
    with clock.use(lambda: datetime.now(UTC) + timedelta(minutes=minutes)):
        runner.run_job("deliver_due_events")


def until(done: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not done():
        assert time.monotonic() < end, f"waited for {what}"
        time.sleep(0.1)
