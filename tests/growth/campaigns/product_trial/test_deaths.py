"""The process dies at every step of picking, of the deposit, of the review; and many act at once."""

from __future__ import annotations

import pytest

from chalicelib.core import clock
from chalicelib.growth.campaigns.base.service import campaign_of
from chalicelib.growth.campaigns.product_trial.models import Report
from chalicelib.growth.campaigns.product_trial.picking import service as picking
from chalicelib.growth.campaigns.product_trial.reporting import service as reporting
from chalicelib.growth.campaigns.product_trial.reporting.schemas import ReviewReport
from chalicelib.growth.campaigns.product_trial.service import application_of
from chalicelib.loyalty.points import service as points
from chalicelib.trade.payments.purchases import service as purchases
from chalicelib.trade.payments.refunds.models import Refund
from chalicelib.trade.payments.tender import Channel, ChannelState
from infra.local.faults import every_death
from tests.growth.campaigns.factories import Booth, left
from tests.growth.campaigns.friends import at_once
from tests.growth.campaigns.product_trial.conftest import Open
from tests.growth.campaigns.product_trial.factories import DEPOSIT, Trial
from tests.harness import START, Cloud, MovableClock


class World:
    """A trial, built anew for each death."""

    def __init__(self, cloud: Cloud, frozen: MovableClock, booth: Booth, opened: Open) -> None:
        self.cloud, self.frozen, self.booth, self.opened = cloud, frozen, booth, opened
        self.trial: Trial

    def begin(self) -> None:
        self.cloud.memory.clear()
        self.frozen.set(START)
        self.booth.logged_in_at = None
        self.trial = self.opened(deposit_amount=DEPOSIT, reward={"points": 5})
        self.trial.apply("ann")

    def picked(self) -> None:
        self.begin()
        self.trial.pick("ann")

    def paid(self) -> None:
        self.picked()
        self.trial.client("ann").post(f"{self.trial.path}/deposit", key=self.trial.key()).ok()

    def confirm(self) -> None:
        told = ChannelState(Channel.PAID, transaction_id="4200000001", paid_at=clock.now())
        purchases.confirm(purchases.load(self.trial.row().deposit_id or ""), told)

    def reported(self) -> None:
        self.paid()
        self.confirm()
        self.trial.order()
        row = self.trial.row()
        row.status, row.report = "reported", Report(text="很好，非常柔软，推荐。", stars=5)
        row.save()


@pytest.fixture
def world(cloud: Cloud, frozen: MovableClock, booth: Booth, opened: Open) -> World:
    return World(cloud, frozen, booth, opened)


def test_while_somebody_is_picked(world: World) -> None:
    def act() -> None:
        trial = world.trial
        picking.pick(campaign_of(trial.campaign["id"], consistent=True), trial.row(), "staff")

    def check() -> None:
        assert world.trial.pick("ann")[0] in ("picked", "already")
        world.trial.wait(minutes=2)
        assert (world.trial.status(), world.trial.held()) == ("picked", 1)
        world.trial.require_conserved()

    every_death(world.begin, act, check)


def test_while_a_deposit_is_paid(world: World) -> None:
    def check() -> None:
        world.confirm()
        world.trial.wait(minutes=2)
        assert (world.trial.show()["deposit"], Refund.count()) == ("paid", 0)

    every_death(world.paid, world.confirm, check)


def test_while_a_report_is_accepted(world: World) -> None:
    def act() -> None:
        trial = world.trial
        if application_of(trial.campaign["id"], trial.member("ann")).status == "reported":
            asked = ReviewReport(member_id=trial.member("ann"), accepted=True, score=80)
            reporting.review(trial.campaign["id"], asked)

    def check() -> None:
        act()
        assert points.open_account(world.trial.member("ann")).balance == 5
        assert [each.amount for each in Refund.scan(consistent_read=True)] == [DEPOSIT]
        assert world.trial.row().deposit == "refunded"

    every_death(world.reported, act, check)


@pytest.mark.dynoxide
def test_all_picked_at_once_for_one_piece(opened: Open) -> None:
    trial = opened(stock=1)
    names = [f"rush-{number}" for number in range(6)]
    trial.apply(*names)
    results = at_once([lambda name=each: trial.pick(name)[0] for each in names])
    assert sorted(results).count("picked") == 1
    assert (trial.held(), left(trial.campaign, trial.product)) == (1, 0)
    trial.require_conserved()


@pytest.mark.dynoxide
def test_ordered_twice_at_once(opened: Open) -> None:
    from tests.trade import factories

    trial = opened()
    trial.apply("ann")
    trial.pick("ann")
    line, counter, keys = factories.line(trial.product), trial.named("ann"), [trial.key() for _ in range(3)]
    options = {"product_trial": trial.campaign["id"]}
    replies = at_once([lambda key=each: counter.try_order(line, key=key, payable=0, **options) for each in keys])
    assert sum(each.status == 201 for each in replies) == 1
    assert len(factories.orders_of(trial.member("ann"))) == 1
    trial.require_conserved()
