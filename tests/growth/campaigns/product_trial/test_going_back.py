"""The tester gives the goods back: nothing is owed any more, and their one application is theirs again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.core import inbox
from infra.local.faults import every_death
from infra.local.partners import Partners
from tests.growth.campaigns.factories import Booth, left
from tests.growth.campaigns.product_trial.conftest import Open
from tests.growth.campaigns.product_trial.factories import DEPOSIT, WHOLE, Trial, refused
from tests.harness import START, Cloud, MovableClock
from tests.trade import factories
from tests.trade.after_sales.factories import Counter


def shop_of(trial: Trial, cloud: Cloud, name: str = "ann") -> Counter:
    """After-sales of a tester's."""
    return Counter(trial.http, cloud, trial.clock, trial.partners, trial.drain, trial.named(name).shopper)


def order_of(trial: Trial, name: str = "ann") -> Any:
    (order,) = (each for each in factories.orders_of(trial.member(name)) if each.id == trial.row(name).order_id)
    return order


def ordered(trial: Trial, name: str = "ann") -> str:
    """Applied, picked, paid the deposit, ordered; the deposit's number."""
    trial.apply(name)
    assert trial.pick(name) == ["picked"]
    number = trial.pay(name)
    trial.order(name)
    return number


def test_before_they_were_sent(opened: Open, cloud: Cloud) -> None:
    trial = opened(deposit_amount=DEPOSIT, unreported="kept", stock=1)
    number = ordered(trial)
    assert left(trial.campaign, trial.product) == 0
    shop = shop_of(trial, cloud)
    shop.refund(order_of(trial), (0, 1)).ok()
    shop.settle()
    trial.drain(twice=True)
    assert (trial.status(), trial.show()["deposit"], trial.refunded(number)) == ("returned", "refunded", DEPOSIT)
    refused(trial.try_report(), "trial_report_not_due", reason="over")
    trial.wait(minutes=5)
    assert (trial.held(), left(trial.campaign, trial.product), factories.available(trial.product)) == (0, 1, WHOLE - 1)


def test_somebody_else_is_picked_and_whoever_gave_back_applies_anew(opened: Open, cloud: Cloud) -> None:
    trial = opened(deposit_amount=DEPOSIT, stock=2)
    first = ordered(trial)
    refused(trial.try_apply(), "trial_applied_already")
    before = trial.row()
    shop = shop_of(trial, cloud)
    shop.refund(order_of(trial), (0, 1)).ok()
    shop.settle()
    trial.wait(minutes=5)
    ordered(trial, "bob")
    second = ordered(trial)
    assert trial.row().id != before.id
    assert (trial.status(), trial.refunded(first), trial.refunded(second)) == ("ordered", DEPOSIT, 0)
    refused(trial.try_apply(), "trial_applied_already")
    assert trial.booth.numbers(trial.campaign)["participant_count"] == 2
    trial.wait(days=40)  # the first order's deadlines ask nothing of the second
    assert trial.status() == "ordered"


def test_received_sent_back_and_inspected(opened: Open, cloud: Cloud) -> None:
    """The rule keeps deposits without a report: none is owed for goods that went back."""
    trial = opened(deposit_amount=DEPOSIT, unreported="kept")
    number = ordered(trial)
    shop = shop_of(trial, cloud)
    shop.ship(order_of(trial)).ok()
    shop.complete(order_of(trial))
    assert trial.show()["report_by"] is not None
    back = shop.returned(order_of(trial), (0, 1))
    assert trial.status() == "ordered"
    shop.decide(back, "inspect").ok()
    shop.settle()
    assert (trial.status(), trial.show()["report_by"], trial.refunded(number)) == ("returned", None, DEPOSIT)
    trial.wait(days=40)
    assert (trial.status(), trial.show()["deposit"], trial.refunded(number)) == ("returned", "refunded", DEPOSIT)


@pytest.mark.parametrize("how", ["exchanged", "reported"])
def test_the_trial_goes_on(opened: Open, cloud: Cloud, how: str) -> None:
    """They have another piece; or a report of theirs is with staff."""
    trial = opened(deposit_amount=DEPOSIT, unreported="kept")
    ordered(trial)
    shop = shop_of(trial, cloud)
    shop.ship(order_of(trial)).ok()
    shop.complete(order_of(trial))
    if how == "reported":
        trial.try_report().ok()
    kind = "exchange" if how == "exchanged" else "return_and_refund"
    shop.decide(shop.returned(order_of(trial), (0, 1), kind=kind), "inspect").ok()
    shop.settle()
    assert (trial.status(), trial.show()["deposit"]) == ("ordered" if how == "exchanged" else "reported", "paid")
    if how == "reported":
        trial.try_review().ok()
        assert trial.status() == "accepted"


def test_an_exchange_that_ends_in_a_refund(opened: Open, cloud: Cloud) -> None:
    """They have no other piece in the end: there is nothing to report on."""
    trial = opened(deposit_amount=DEPOSIT, unreported="kept")
    number = ordered(trial)
    shop = shop_of(trial, cloud)
    shop.ship(order_of(trial)).ok()
    changed = shop.returned(order_of(trial), (0, 1), kind="exchange")
    shop.decide(changed, "inspect").ok()
    shop.settle()
    assert trial.status() == "ordered"
    shop.decide(changed, "refund-instead", reason="仓库找不到").ok()
    shop.settle()
    assert (trial.status(), trial.refunded(number)) == ("returned", DEPOSIT)


def test_the_process_dies_at_every_step(
    opened: Open, cloud: Cloud, frozen: MovableClock, booth: Booth, partners: Partners
) -> None:
    trial: Trial
    number = ""

    def prepare() -> None:
        nonlocal trial, number
        cloud.memory.clear()
        partners.reset()
        frozen.set(START)
        booth.logged_in_at = None
        trial = opened(deposit_amount=DEPOSIT, stock=1)
        number = ordered(trial)
        shop_of(trial, cloud).refund(order_of(trial), (0, 1)).ok()
        for body in waiting("settle_returned"):
            inbox.react(body, first=False)

    def waiting(name: str) -> list[str]:
        bodies = cloud.memory.bodies(cloud.prefix + "reactions")
        return [body for body in bodies if json.loads(body)["subscriber"].endswith(name)]

    def act() -> None:
        for body in waiting("end_returned_trial"):
            inbox.react(body, first=False)

    def check() -> None:
        trial.drain(redeliver=True)
        trial.wait(minutes=5)
        assert (trial.status(), trial.show()["deposit"], trial.refunded(number)) == ("returned", "refunded", DEPOSIT)
        assert left(trial.campaign, trial.product) == 1

    assert every_death(prepare, act, check)
