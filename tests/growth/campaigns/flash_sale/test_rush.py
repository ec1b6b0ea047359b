"""A small rush over real sockets; and the simulation of a large one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.core import aws, clock
from chalicelib.core.settings import settings
from chalicelib.growth.campaigns.flash_sale.lots.service import shards_of
from infra.local.runner import Runner
from tests.bench import rush as simulation
from tests.bench import server
from tests.bench.flash_sale import require_fair, rush
from tests.bench.process import Mall
from tests.harness import Cloud

BUYERS, AT_ONCE, PIECES = 200, 16, 20


@pytest.fixture
def shop(cloud: Cloud, _app: Any) -> Iterator[Mall]:
    running = Runner(
        _app,
        sqs=aws.client("sqs"),
        now=clock.now,
        queue_url_base=settings().queue_url_base,
        prefix=settings().table_prefix,
        region=settings().region,
        port=0,
    )
    opened = server._open({"products": 1, "buyers": BUYERS, "stock": 50, "skus": 1, "sale": PIECES})
    running.start(background=False)
    yield Mall(pid=0, url=running.url, **opened)
    running.stop()


@pytest.mark.dynoxide
def test_two_hundred_buyers_for_twenty_pieces(shop: Mall, cloud: Cloud) -> None:
    told = rush(shop, AT_ONCE)
    counters = cloud.items("flash_sale_counters")
    require_fair(told.counts, sum(int(each["left"]["N"]) for each in counters), BUYERS, PIECES)
    holders = [holder for each in counters for holder in each["holders"]["SS"]]
    orders = cloud.items("orders")
    assert len(holders) == len(set(holders)) == len({each["member_id"]["S"] for each in orders}) == PIECES
    stocks = {each["owner"]["S"]: int(each["available"]["N"]) for each in cloud.items("stocks")}
    assert stocks.pop(shop.sale["product_id"]) == 50 - PIECES
    assert (len(stocks), set(stocks.values())) == (shards_of(PIECES), {0})
    assert {each["status"]["S"] for each in cloud.items("flash_sale_tickets")} == {"spent"}


class TestSimulation:
    def test_the_same_plan_gives_the_same_figures(self) -> None:
        plan = simulation.Plan(3_000, 200, 10, arrive=5)
        assert simulation.Rush(plan).run() == simulation.Rush(plan).run()
        assert simulation.Rush(plan, seed=2).run() != simulation.Rush(plan).run()

    @pytest.mark.parametrize("shards", [1, 4, 16])
    def test_every_piece_is_sold_once_and_everybody_is_told(self, shards: int) -> None:
        out = simulation.Rush(simulation.Plan(3_000, 200, shards, arrive=5)).run()
        told = out.counts["sold out from memory"] + out.counts["sold out by the tables"]
        assert (out.tickets, out.orders, out.paid, told) == (200, 200, 200, 2_800)

    def test_an_item_takes_no_more_than_its_limit(self) -> None:
        bucket = simulation.Bucket(1_000)
        taken = sum(bucket.take(second / 10_000) for second in range(30_000))
        assert 3_990 <= taken <= 4_001  # three seconds, and one in store

    def test_more_shards_are_faster_where_the_counter_is_the_limit(self) -> None:
        last = [max(simulation.Rush(simulation.Plan(6_000, 1_500, n, arrive=2)).run().ticket_at) for n in (1, 4, 16)]
        assert last == sorted(last, reverse=True)
        assert last[0] > 5 * last[2]

    def test_plans_have_the_shards_that_the_mall_chooses(self) -> None:
        assert [plan.shards for plan in simulation.CROWDS] == [shards_of(plan.pieces) for plan in simulation.CROWDS]
