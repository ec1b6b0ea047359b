"""Two at once: the same message, the last acceptance, the same word from both sides."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from chalicelib.core.errors import DomainError
from chalicelib.core.transaction import Transaction
from chalicelib.growth.notifications.models import Message, MessageQuota
from chalicelib.growth.notifications.orders.service import ORDER_PAID, of_order
from chalicelib.growth.notifications.quotas import service as quotas
from chalicelib.growth.notifications.sending import service as sending
from chalicelib.growth.notifications.service import tell
from chalicelib.trade.orders.models import Order
from tests.growth.notifications.conftest import Shop
from tests.growth.notifications.factories import Buyer, buyer, messages_of, order_of, quota

pytestmark = [pytest.mark.usefixtures("_app"), pytest.mark.dynoxide]


def at_once(*acts: Callable[[Transaction], object]) -> int:
    """Each in a transaction of its own; how many were not refused."""
    gate = Barrier(len(acts))

    def run(act: Callable[[Transaction], object]) -> bool:
        gate.wait()
        try:
            with Transaction() as tx:
                act(tx)
        except DomainError:
            return False
        return True

    with ThreadPoolExecutor(len(acts)) as pool:
        return sum(pool.map(run, acts))


def telling(order: Order) -> Callable[[Transaction], None]:
    def act(tx: Transaction) -> None:
        links = {"order_id": order.id}
        tell(tx, ORDER_PAID, member_id=order.member_id, group=order.id, values=of_order(order), links=links)

    return act


def agreed(shop: Shop, times: int) -> Buyer:
    """A buyer who agreed so often, as WeChat knows too."""
    shop.tell("order_paid")
    person, template_id = buyer(), shop.template("order_paid")
    MessageQuota(member_id=person.id, template_id=template_id, left=times, accepted=times, version=times).save()
    for _ in range(times):
        shop.partners.wechat.messages.ask(person.openid, {template_id: "accept"})
    return person


def test_one_message_is_called_once(shop: Shop) -> None:
    person = agreed(shop, 2)
    at_once(telling(order_of(person)))
    message: Message = messages_of(person)[0]
    at_once(*[lambda tx: sending.send(tx, person.id, message.id, 0)] * 4)
    assert (shop.calls(), len(shop.shown(person))) == (1, 1)
    assert messages_of(person)[0].status in ("sent", "uncertain")
    assert sum(shop.counted("order_paid").values()) == 1


def test_the_same_thing_is_written_down_once(shop: Shop) -> None:
    person = agreed(shop, 9)
    at_once(*[telling(order_of(person))] * 4)
    assert (len(messages_of(person)), quota(person, shop.template("order_paid"))) == (1, 8)


def test_the_last_acceptance_is_used_once(shop: Shop) -> None:
    person = agreed(shop, 1)
    orders = [order_of(person) for _ in range(4)]
    assert at_once(*map(telling, orders)) >= 1
    waiting = [each for each in messages_of(person) if each.status == "waiting"]
    assert (len(waiting), quota(person, shop.template("order_paid"))) == (1, 0)


def test_both_sides_tell_of_one_acceptance_at_once(shop: Shop) -> None:
    person, template_id = buyer(), "T-any"
    sides = (quotas.Side.PHONE, quotas.Side.WECHAT)
    acts = [lambda tx, side=side: quotas.accept(tx, person.id, template_id, side) for side in sides]
    done = at_once(*acts)  # type: ignore[arg-type]
    if done == 1:  # the one that read too early asks again
        with Transaction() as tx:
            unpaired = quotas.load(person.id, template_id).unpaired
            quotas.accept(tx, person.id, template_id, quotas.Side(-unpaired))
    assert quota(person, template_id) == 1
