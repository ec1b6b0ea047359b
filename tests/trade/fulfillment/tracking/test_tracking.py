"""A parcel's way: subscribed, told, shown; and what is not tracked."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from chalicelib.core.events import Event
from chalicelib.trade.fulfillment.carriers import service as carriers
from chalicelib.trade.fulfillment.shipments.models import ParcelStatus, Trouble
from chalicelib.trade.fulfillment.tracking.models import Limit, Subscription, Track
from tests.harness import Cloud
from tests.trade.fulfillment.factories import buyer_token
from tests.trade.fulfillment.tracking.conftest import NUMBER, Road, names, now_of, track_of


def test_the_whole_way(road: Road, told: list[Event]) -> None:
    parcel = road.hand_over()
    known = road.partners.kuaidi100.books.subscriptions[NUMBER]
    assert (known.company, known.status) == ("yuantong", "polling")
    assert known.url.startswith("https://mall.test/hooks/kuaidi100?parcel=")
    assert track_of(parcel).subscription is Subscription.SUBSCRIBED
    assert now_of(parcel).watch is not None
    assert road.buyer_sees(parcel)["entries"] == []

    for state, text in [("collected", "【江门市】已揽收"), ("moving", "到达【深圳市】"), ("delivering", "派件中")]:
        road.clock.move(hours=5)
        road.move(state, text)
    seen = road.buyer_sees(parcel)
    assert seen["status"] == "out_for_delivery"
    assert seen["carrier"] == "圆通速递"
    assert [entry["text"] for entry in seen["entries"]] == ["派件中", "到达【深圳市】", "【江门市】已揽收"]
    assert seen["entries"][0]["at"] == "2026-11-24T17:00:00Z"

    road.clock.move(hours=1)
    road.move("signed", "已签收，签收人：本人")
    done = now_of(parcel)
    assert (done.status, done.last_text) == (ParcelStatus.DELIVERED, "已签收，签收人：本人")
    assert done.delivered_at is not None
    assert abs((done.delivered_at - road.clock.at).total_seconds()) < 2
    assert (done.watch, done.look_at, done.trouble) == (None, None, None)
    assert names(told) == [
        "ParcelMoved collected",
        "ParcelMoved in_transit",
        "ParcelMoved out_for_delivery",
        "ParcelMoved delivered",
        "ParcelDelivered",
    ]
    road.clock.move(days=9)
    assert road.poll() == 0
    assert road.calls("track_query") == 0


def test_courier_goes_back_and_forth(road: Road) -> None:
    parcel = road.ship()
    for state, status in [
        ("delivering", "out_for_delivery"),
        ("moving", "in_transit"),
        ("delivering", "out_for_delivery"),
    ]:
        road.clock.move(hours=5)
        road.move(state)
        assert now_of(parcel).status == status


@pytest.mark.parametrize(
    ("state", "status", "trouble"),
    [
        ("problem", ParcelStatus.EXCEPTION, Trouble.PROBLEM),
        ("refused", ParcelStatus.EXCEPTION, Trouble.REFUSED),
        ("returning", ParcelStatus.EXCEPTION, Trouble.RETURNED),
        ("returned", ParcelStatus.RETURNED, Trouble.RETURNED),
    ],
)
def test_trouble_by_the_couriers_word(
    road: Road, told: list[Event], state: str, status: ParcelStatus, trouble: Trouble
) -> None:
    parcel = road.ship()
    road.move(state, "出了点事")
    found = now_of(parcel)
    assert (found.status, found.trouble) == (status, trouble)
    assert names(told)[-1] == f"ParcelInTrouble {trouble}"
    (shown,) = road.troubled(trouble)
    assert (shown["order_number"], shown["parcel_id"], shown["last_text"]) == (
        parcel.order_number,
        parcel.id,
        "出了点事",
    )
    road.clock.move(hours=1)
    road.move(state, "还是那件事")
    assert names(told).count(f"ParcelInTrouble {trouble}") == 1


def test_a_parcel_that_moves_on_leaves_the_list(road: Road, told: list[Event]) -> None:
    parcel = road.ship()
    road.move("problem")
    road.clock.move(hours=1)
    road.move("moving")
    assert now_of(parcel).trouble is None
    assert road.troubled("problem") == []
    road.clock.move(hours=1)
    road.move("problem")
    assert names(told).count("ParcelInTrouble problem") == 2
    road.clock.move(hours=1)
    road.move("signed")
    assert (now_of(parcel).trouble, road.troubled("problem")) == (None, [])


def test_another_buyer_does_not_find_it(road: Road) -> None:
    parcel = road.ship()
    path = f"/orders/{parcel.order_id}/parcels/{parcel.id}/track"
    assert road.http.as_(buyer_token("mem_two", "o-two")).get(path).code == "parcel_not_found"
    own = road.http.as_(buyer_token(parcel.member_id))
    assert own.get(f"/orders/{parcel.order_id}/parcels/par_none/track").code == "parcel_not_found"
    assert own.get(path + "%00").status == 404


class TestNotTracked:
    def test_a_mall_without_an_account(self, road: Road, no_account: None) -> None:
        parcel = road.ship()
        assert list(road.partners.calls) == []
        assert Track.find(parcel.order_id, parcel.id) is None
        assert now_of(parcel).watch is None
        road.clock.move(days=30)
        assert road.poll() == 0
        assert (now_of(parcel).trouble, road.buyer_sees(parcel)["entries"]) == (None, [])
        assert road.staff_see(parcel)["subscription"] is None
        path = f"/admin/orders/{parcel.order_number}/parcels/{parcel.id}/track"
        assert road.desk.post(f"{path}/ask").code == "not_tracked"
        settled = road.desk.post(f"{path}/settle", json={"ended_as": "delivered", "note": "买家已收到"}).ok()
        assert settled["track"]["status"] == "delivered"
        assert Track.find(parcel.order_id, parcel.id) is None

    def test_a_courier_unknown_to_kuaidi100(self, road: Road) -> None:
        carriers.save(carriers.carrier("yto").model_copy(update={"kuaidi100": None}))
        parcel = road.ship()
        assert list(road.partners.calls) == []
        assert now_of(parcel).watch is None

    def test_without_a_courier(self, road: Road) -> None:
        parcel = road.hand_over(delivery="same_city")
        assert list(road.partners.calls) == []
        assert now_of(parcel).watch is None
        path = f"/admin/orders/{parcel.order_number}/parcels/{parcel.id}/track/settle"
        assert road.desk.post(path, json={"ended_as": "delivered", "note": "x"}).code == "no_waybill"

    def test_an_account_given_up_while_parcels_are_under_way(self, road: Road, monkeypatch: Any, request: Any) -> None:
        parcel = road.ship()
        request.getfixturevalue("no_account")
        road.clock.move(days=1)
        assert road.poll() == 1
        assert (now_of(parcel).watch, now_of(parcel).look_at) == (None, None)
        assert road.poll() == 0


class TestPhone:
    def test_last_four_digits_where_the_courier_wants_them(self, road: Road) -> None:
        parcel = road.ship(carrier="sf", tracking_number="SF1234567890123")
        assert track_of(parcel).subscription is Subscription.SUBSCRIBED  # refused without: the contract's test
        road.partners.kuaidi100.move("SF1234567890123", "collected", silently=True)
        road.partners.kuaidi100.books.consignments["SF1234567890123"].phone = "0000"
        road.clock.move(hours=13)
        road.poll()
        assert now_of(parcel).status is ParcelStatus.COLLECTED

    def test_the_wrong_phone_is_shown_to_staff(self, road: Road) -> None:
        parcel = road.ship(carrier="sf", tracking_number="SF1234567890123")
        road.partners.kuaidi100.move("SF1234567890123", "collected", silently=True)
        road.partners.kuaidi100.books.consignments["SF1234567890123"].phone = "9999"
        road.clock.move(hours=13)
        road.poll()
        assert road.staff_see(parcel)["problem"] == "408"
        assert now_of(parcel).status is ParcelStatus.CREATED


class TestCorrection:
    def test_staff_mend_the_waybill(self, road: Road) -> None:
        parcel = road.hand_over()
        road.move("signed", "别人的包裹")
        assert now_of(parcel).status is ParcelStatus.DELIVERED
        late = road.callbacks()[-1].id
        right = {"carrier": "yto", "tracking_number": "YT0000000000002", "version": 1}
        road.desk.post(f"/admin/orders/{parcel.order_number}/parcels/{parcel.id}/waybill", json=right).ok()
        assert road.buyer_sees(parcel)["entries"] == []
        road.drain()
        assert set(road.partners.kuaidi100.books.subscriptions) == {NUMBER, "YT0000000000002"}
        fresh = now_of(parcel)
        assert (fresh.status, fresh.watch is None, track_of(parcel).version) == (ParcelStatus.CREATED, False, 2)
        # What Kuaidi100 still says of the old number changes nothing.
        assert road.partners.kuaidi100.callbacks.replay(late) == 200
        road.drain()
        assert now_of(parcel).status is ParcelStatus.CREATED
        road.clock.move(hours=1)
        road.move("collected", "真的揽收了", number="YT0000000000002")
        assert road.buyer_sees(parcel)["entries"][0]["text"] == "真的揽收了"
        assert now_of(parcel).status is ParcelStatus.COLLECTED

    def test_kuaidi100_finds_another_courier(self, road: Road) -> None:
        parcel = road.ship()
        road.move("moving", "查无此单")
        road.clock.move(hours=1)
        stale = road.callbacks()[-1].id
        road.partners.kuaidi100.correct(NUMBER, "jtexpress")
        road.deliver()
        seen = road.staff_see(parcel)
        assert (seen["corrected_carrier"], seen["track"]["carrier"]) == ("jtexpress", "圆通速递")
        road.clock.move(hours=1)
        road.move("delivering", "极兔派件中")
        assert now_of(parcel).status is ParcelStatus.OUT_FOR_DELIVERY
        road.partners.kuaidi100.callbacks.replay(stale)
        road.drain()
        assert road.buyer_sees(parcel)["entries"][0]["text"] == "极兔派件中"
        road.clock.move(hours=13)
        road.partners.kuaidi100.move(NUMBER, "moving", "极兔中转", silently=True)
        road.poll()
        assert road.buyer_sees(parcel)["entries"][0]["text"] == "极兔中转"  # asked under the right name


class TestSharedNumber:
    def test_two_orders_in_one_box_both_arrive(self, road: Road) -> None:
        first = road.ship()
        second = road.ship()
        assert (track_of(first).subscription, track_of(second).subscription) == (
            Subscription.SUBSCRIBED,
            Subscription.SHARED,
        )
        assert [limit.used for limit in Limit.scan()] == [1]  # what was not taken does not count
        road.move("signed")
        assert (now_of(first).status, now_of(second).status) == (ParcelStatus.DELIVERED, ParcelStatus.CREATED)
        road.clock.move(hours=2, minutes=1)
        assert road.poll() == 1
        assert now_of(second).status is ParcelStatus.DELIVERED

    def test_a_callback_proves_that_the_subscription_is_ours(self, road: Road) -> None:
        parcel = road.ship()
        track = track_of(parcel)
        track.subscription = Subscription.SHARED
        track.save()
        road.move("collected")
        assert track_of(parcel).subscription is Subscription.SUBSCRIBED


def test_nothing_of_the_salt_is_stored_or_logged(road: Road, cloud: Cloud, caplog: Any) -> None:
    caplog.set_level("DEBUG")
    road.ship()
    road.move("collected")
    known = road.partners.kuaidi100.books.subscriptions[NUMBER]
    assert len(known.salt) == 32
    ticket = parse_qs(urlsplit(known.url).query)["parcel"][0]
    stored = str(cloud.snapshot())
    logged = "\n".join(str(record.__dict__) for record in caplog.records if record.name.startswith("chalicelib"))
    for secret in (known.salt, ticket):
        assert secret not in stored
        assert secret not in logged


def test_a_list_is_no_longer_than_a_message_may_be(road: Road, cloud: Cloud) -> None:
    parcel = road.ship()
    for hour in range(130):
        road.partners.kuaidi100.move(NUMBER, "moving", "长" * 400, at=road.clock.at, silently=True)
        road.clock.move(minutes=hour % 2 + 1)
    road.partners.kuaidi100.tell_again(NUMBER)
    road.partners.kuaidi100.callbacks.deliver_due()
    (message,) = cloud.memory.bodies(cloud.prefix + "tracking")
    assert len(message.encode()) < 100_000
    road.drain()
    assert len(road.buyer_sees(parcel)["entries"]) == 100
