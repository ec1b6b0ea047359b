"""Whatever people do, in whatever order: seats, money and pieces say the same."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.core import jobs
from chalicelib.growth.campaigns.group_buy.models import Group
from chalicelib.trade.payments.models import Payment
from tests.growth.campaigns.factories import Booth
from tests.growth.campaigns.group_buy.factories import PRICE, Friends, require_sound, run
from tests.trade import factories

Do = Callable[..., Any]
NAMES = ["an", "bo", "cy", "di", "ed"]
RULES: list[dict[str, Any]] = [
    {"sizes": [2], "minutes": 20, "groups_max": 2},
    {"sizes": [2, 3], "terms": {"tier_amounts": [7777]}, "minutes": 15, "leader_rebate_bps": 3333},
    {"sizes": [3], "full_price": True, "minutes": 10, "virtual_from": 2},
    {"sizes": [3], "minutes": 30, "virtual_from": 1, "terms": {"leader_amount": 1}},
]


class Town:
    """Everything that people can do."""

    def __init__(self, friends: Friends, sweep: Do, dice: random.Random) -> None:
        self.friends, self.sweep, self.dice = friends, sweep, dice
        self.quilt = factories.product(price=PRICE, stock=12)
        self.unpaid: list[tuple[str, Any]] = []
        self.paid: list[str] = []

    def act(self) -> None:
        self.dice.choice([self.order, self.order, self.order, self.pay, self.pay, self.pay, *self.rare])()

    @property
    def rare(self) -> list[Callable[[], None]]:
        return [self.cancel, self.leave, self.wait, self.tell_again]

    def order(self) -> None:
        name = self.dice.choice(NAMES)
        groups = ["new", *(each.id for each in Group.scan(consistent_read=True))]
        reply = self.friends.try_order(name, self.quilt, self.dice.choice(groups), self.dice.choice([1, 1, 2]))
        assert reply.status < 500
        if reply.status == 201:
            self.unpaid.append((name, reply.json))

    def pay(self) -> None:
        if self.unpaid:
            name, order = self.unpaid.pop(self.dice.randrange(len(self.unpaid)))
            if self.friends.show(name, order)["status"] == "pending_payment":
                begun = self.friends.client(name).post(f"/orders/{order['id']}/pay", json={})
                if begun.status == 200:
                    self.friends.partners.wechat_pay.pay(parameters=begun.json["parameters"])
                    self.paid.append(begun.json["payment_id"])
                    if self.dice.random() < 0.8:  # else the notice is late
                        self.friends.partners.wechat_pay.notices.deliver_due()
                        self.friends.drain(twice=self.dice.random() < 0.5)

    def cancel(self) -> None:
        if self.unpaid:
            name, order = self.dice.choice(self.unpaid)
            reply = self.friends.client(name).post(f"/orders/{order['id']}/cancel", json={})
            assert reply.status in (200, 409)
            self.friends.drain()

    def leave(self) -> None:
        groups = [each.id for each in Group.scan(consistent_read=True)]
        if groups:
            assert self.friends.leave(self.dice.choice(NAMES), self.dice.choice(groups)).status in (200, 404, 409)
            self.friends.drain()

    def wait(self) -> None:
        self.sweep(minutes=self.dice.choice([1, 6, 21]))

    def tell_again(self) -> None:
        if self.paid:
            self.friends.partners.wechat_pay.tell_paid_again(self.dice.choice(self.paid))
            self.friends.partners.wechat_pay.notices.deliver_due()
            self.friends.drain()


@pytest.mark.parametrize("seed", range(4))
def test_whatever_people_do(friends: Friends, booth: Booth, sweep: Do, seed: int) -> None:
    town = Town(friends, sweep, random.Random(seed))
    campaign = run(booth, town.quilt, **RULES[seed])
    for step in range(15):
        town.act()
        if step % 5 == 4:
            friends.drain()
            require_sound(campaign, town.quilt, 12)
    friends.partners.wechat_pay.notices.deliver_due()
    for _ in range(4):
        sweep(minutes=31)
        jobs.run("close_groups")
        friends.drain()
    require_sound(campaign, town.quilt, 12)
    assert {each.status.value for each in Group.scan(consistent_read=True)} <= {"complete", "failed"}
    assert any(each.status == "succeeded" for each in Payment.scan(consistent_read=True))
