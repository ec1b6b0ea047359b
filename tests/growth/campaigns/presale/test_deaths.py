"""The process dies at every step of deposit, balance and refund: in the end money, pieces and rows say the same."""

from __future__ import annotations

import pytest

from chalicelib.core import clock
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.models import Participant
from chalicelib.growth.campaigns.presale.deposits import service as deposits
from chalicelib.growth.campaigns.presale.deposits.schemas import PayDeposit
from chalicelib.growth.campaigns.presale.events import LapseDeposit
from chalicelib.growth.campaigns.presale.models import Deposit
from chalicelib.growth.campaigns.presale.settling import service as settling
from chalicelib.trade.payments.giving_back import service as giving_back
from chalicelib.trade.payments.purchases import service as purchases
from chalicelib.trade.payments.refunds.models import Refund
from chalicelib.trade.payments.tender import Channel, ChannelState
from infra.local.faults import every_death
from tests.growth.campaigns.factories import Booth, left
from tests.growth.campaigns.presale.conftest import Open
from tests.growth.campaigns.presale.factories import BALANCE_BEGINS, DEPOSIT, ENDS, FINAL, Stand, deposit_of
from tests.growth.campaigns.presale.rows import paid as paid_row
from tests.harness import START, Cloud, MovableClock
from tests.trade import factories


class World:
    """A presale, built anew for each death."""

    def __init__(self, cloud: Cloud, frozen: MovableClock, booth: Booth, opened: Open) -> None:
        self.cloud, self.frozen, self.booth, self.opened = cloud, frozen, booth, opened
        self.stand: Stand
        self.view: dict[str, str] = {}

    def begin(self) -> None:
        self.cloud.memory.clear()
        self.frozen.set(START)
        self.booth.logged_in_at = None  # with the cloud, the token is gone
        self.stand = self.opened()

    def deposit(self) -> Deposit:
        return deposit_of(self.view)

    def time_passes(self, **by: float) -> None:
        self.stand.wait(**(by or {"minutes": 3}))
        assert self.cloud.dead_letters() == []


@pytest.fixture
def world(cloud: Cloud, frozen: MovableClock, booth: Booth, opened: Open) -> World:
    return World(cloud, frozen, booth, opened)


def test_while_a_deposit_begins(world: World) -> None:
    def prepare() -> None:
        world.begin()
        world.stand.named("ann")

    def act() -> None:
        stand = world.stand
        asked = PayDeposit(campaign_id=stand.campaign["id"], product_id=stand.product.id, sku_id=stand.sku_id)
        view = deposits.start(stand.named("ann").shopper.id, "o-ann", asked, "again-0001")
        assert view.parameters
        world.view = {"id": view.id}

    def check() -> None:
        act()  # the member taps again
        assert (Deposit.count(), world.stand.held(), left(world.stand.campaign, world.stand.product)) == (1, 1, 4)
        world.time_passes(hours=1)
        assert (world.deposit().status, world.stand.held()) == ("closed", 0)
        world.stand.require_conserved()

    steps = every_death(prepare, act, check)
    assert sum("TransactWriteItems" in step for step in steps) == 1


def test_while_it_is_paid(world: World) -> None:
    def prepare() -> None:
        world.begin()
        world.view = world.stand.try_begin().ok()

    def act() -> None:
        paid = ChannelState(Channel.PAID, transaction_id="4200000001", paid_at=clock.now())
        purchases.confirm(purchases.load(world.view["id"]), paid)

    def check() -> None:
        act()  # the notice comes again
        world.time_passes()
        act()
        world.time_passes()
        assert (world.deposit().status, world.stand.held()) == ("paid", 1)
        assert Participant.count() == 1
        world.stand.require_conserved()

    steps = every_death(prepare, act, check)
    assert sum("TransactWriteItems" in step for step in steps) == 1


def test_while_it_lapses(world: World) -> None:
    def prepare() -> None:
        world.begin()
        row = paid_row(world.stand, "mem_1", unpaid="refunded")
        world.view = {"id": row}
        world.stand.until(ENDS, deliver=False)

    def act() -> None:
        with Transaction() as tx:
            settling.settle(tx, world.deposit())

    def check() -> None:
        with Transaction() as tx:
            tx.emit(LapseDeposit(**settling.named(world.deposit())))
        world.time_passes()
        assert world.deposit().status == "refunded"
        assert [each.amount for each in Refund.scan(consistent_read=True)] == [DEPOSIT]

    every_death(prepare, act, check)


def test_while_a_paid_order_is_called_off(world: World) -> None:
    def prepare() -> None:
        world.begin()
        stand = world.stand
        world.view = stand.deposit()
        stand.until(BALANCE_BEGINS)
        order = stand.order(world.view)
        begun = stand.client("ann").post(f"/orders/{order['id']}/pay", json={}).ok()
        stand.pay(begun)
        stand.partners.wechat_pay.notices.deliver_due()

    def act() -> None:
        (order,) = factories.orders_of(world.stand.named("ann").shopper.id)
        if order.status == "paid":
            with Transaction() as tx:
                giving_back.call_off(tx, order, "商家取消")

    def check() -> None:
        act()
        world.time_passes(minutes=5)
        assert (world.deposit().status, world.stand.money(world.view)) == ("returned", (FINAL, FINAL))
        assert (world.stand.held(), left(world.stand.campaign, world.stand.product)) == (0, 5)
        world.stand.require_conserved()

    steps = every_death(prepare, act, check)
    assert sum("TransactWriteItems" in step for step in steps) == 1
