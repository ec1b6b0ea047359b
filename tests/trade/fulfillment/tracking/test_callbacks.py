"""Kuaidi100 calls back: believed when signed for this very parcel; late, doubled, out of order do no harm."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest

from chalicelib.core.events import Event
from chalicelib.core.settings import settings
from chalicelib.trade.fulfillment.shipments.models import Parcel, ParcelStatus
from chalicelib.trade.fulfillment.tracking.asking import service as asking
from chalicelib.trade.fulfillment.tracking.models import Subscription
from infra.local.partners.kuaidi100.protocol import signature
from tests.harness import Cloud, Reply
from tests.trade.fulfillment.tracking.conftest import NUMBER, Road, names, now_of, track_of

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TAKEN = {"result": True, "returnCode": "200", "message": "成功"}


def ticket_at(road: Road) -> str:
    return parse_qs(urlsplit(road.partners.kuaidi100.books.subscriptions[NUMBER].url).query)["parcel"][0]


def document(state: str = "0", **changes: Any) -> str:
    row = {"time": "2026-11-24 09:00:00", "context": "到达"}
    last = {"state": state, "com": "yuantong", "nu": NUMBER, "data": [row]}
    return json.dumps({"status": "polling", "message": "", "lastResult": last, **changes}, ensure_ascii=False)


def post(
    road: Road, param: str, *, ticket: str | None = None, salt: str | None = None, headers: dict[str, str] = FORM
) -> Reply:
    ticket = ticket_at(road) if ticket is None else ticket
    sign = signature(param, asking.salt_of(ticket) if salt is None else salt)
    body = urlencode({"sign": sign, "param": param})
    return road.http.post(f"/hooks/kuaidi100?parcel={quote(ticket)}", body=body, headers=headers)


def test_the_answer_is_what_kuaidi100_wants(road: Road, cloud: Cloud) -> None:
    road.ship()
    reply = post(road, document())
    assert (reply.status, reply.json) == (200, TAKEN)
    (message,) = cloud.messages("tracking")
    assert message["event"] == "TrackHeard"


def test_lower_case_signs_are_good(road: Road) -> None:
    road.ship()
    ticket, param = ticket_at(road), document()
    body = urlencode({"sign": signature(param, asking.salt_of(ticket)).lower(), "param": param})
    assert road.http.post(f"/hooks/kuaidi100?parcel={ticket}", body=body, headers=FORM).status == 200


def test_the_secret_is_changed_while_a_parcel_is_under_way(
    road: Road, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    parcel = road.ship()
    monkeypatch.setenv("SIYU_SESSION_SECRET_PREVIOUS", settings().session_secret)
    monkeypatch.setenv("SIYU_SESSION_SECRET", "another secret of the tests, of 32 letters")
    settings.cache_clear()
    road.move("collected")
    assert now_of(parcel).status is ParcelStatus.COLLECTED
    monkeypatch.delenv("SIYU_SESSION_SECRET_PREVIOUS")
    settings.cache_clear()
    road.clock.move(hours=1)
    with cloud.unchanged():
        road.move("signed")
    road.clock.move(hours=12)
    road.poll()
    assert now_of(parcel).status is ParcelStatus.DELIVERED


class TestRefused:
    def test_another_salt(self, road: Road, cloud: Cloud) -> None:
        road.ship()
        with cloud.unchanged():
            reply = post(road, document("3"), salt="guessed")
        assert (reply.status, reply.json["result"]) == (401, False)

    @pytest.mark.parametrize("bend", ["", "abc", "中文", "a" * 5000, "flip", "cut"])
    def test_another_ticket(self, road: Road, cloud: Cloud, bend: str) -> None:
        road.ship()
        good = ticket_at(road)
        bent = {"flip": good[:10] + ("A" if good[10] != "A" else "B") + good[11:], "cut": good[:-4]}.get(bend, bend)
        with cloud.unchanged():
            assert post(road, document("3"), ticket=bent).status == 401

    def test_a_ticket_of_another_parcel_does_not_open_this_one(self, road: Road, cloud: Cloud) -> None:
        road.ship()
        mine = ticket_at(road)
        other = Parcel(order_id="ord_other", id="par_other", version=1)
        with cloud.unchanged():
            assert post(road, document("3"), ticket=asking.ticket_of(other), salt=asking.salt_of(mine)).status == 401

    def test_no_ticket_and_no_form(self, road: Road, cloud: Cloud) -> None:
        road.ship()
        with cloud.unchanged():
            assert road.http.post("/hooks/kuaidi100", body="", headers=FORM).status == 401
            assert road.http.post(f"/hooks/kuaidi100?parcel={ticket_at(road)}", body="", headers=FORM).status == 401

    @pytest.mark.parametrize("kind", ["application/json", "text/xml", ""])
    def test_other_content(self, road: Road, cloud: Cloud, kind: str) -> None:
        road.ship()
        with cloud.unchanged():
            assert post(road, document(), headers={"Content-Type": kind}).status == 415

    def test_too_large(self, road: Road, cloud: Cloud) -> None:
        road.ship()
        with cloud.unchanged():
            assert post(road, document(message="x" * 2_100_000)).status == 413

    def test_signed_nonsense(self, road: Road, cloud: Cloud) -> None:
        road.ship()
        with cloud.unchanged():
            assert post(road, '{"status":"asleep"}').status == 400

    @pytest.mark.parametrize("fault", ["forged", "unsigned"])
    def test_from_the_stand_in(self, road: Road, cloud: Cloud, fault: str) -> None:
        parcel = road.ship()
        road.partners.faults.callback(fault)
        with cloud.unchanged():
            road.move("signed")
        assert [each.attempts[-1].status for each in road.callbacks()] == [401]
        assert now_of(parcel).status is ParcelStatus.CREATED


class TestHarmless:
    def test_doubled(self, road: Road, told: list[Event], drain: Callable[..., Any]) -> None:
        parcel = road.ship()
        road.partners.faults.callback("doubled", times=2)
        road.move("collected")
        road.clock.move(hours=1)
        road.move("signed")
        drain(twice=True)
        assert now_of(parcel).status is ParcelStatus.DELIVERED
        assert names(told) == ["ParcelMoved collected", "ParcelMoved delivered", "ParcelDelivered"]

    def test_every_message_twice(self, road: Road, told: list[Event], drain: Callable[..., Any]) -> None:
        parcel = road.ship(drain=False)
        drain(twice=True)
        road.partners.kuaidi100.move(NUMBER, "refused")
        road.partners.kuaidi100.callbacks.deliver_due()
        drain(twice=True)
        assert now_of(parcel).status is ParcelStatus.EXCEPTION
        assert names(told) == ["ParcelMoved exception", "ParcelInTrouble refused"]
        assert road.calls("track_subscribe") == 1

    def test_a_late_one_changes_nothing(self, road: Road, cloud: Cloud, told: list[Event]) -> None:
        parcel = road.ship()
        road.partners.faults.callback("delayed", seconds=3 * 3600)
        road.move("collected", "揽收")
        road.clock.move(hours=1)
        road.move("delivering", "派件")
        before = (now_of(parcel).status, now_of(parcel).last_text, track_of(parcel).revision)
        road.clock.move(hours=3)
        assert road.deliver() == [200, 200]
        assert (now_of(parcel).status, now_of(parcel).last_text, track_of(parcel).revision) == before
        assert names(told) == ["ParcelMoved out_for_delivery"]

    def test_delivered_is_not_undone(self, road: Road, told: list[Event]) -> None:
        parcel = road.ship()
        road.partners.faults.callback("delayed", seconds=60)
        road.move("problem")
        road.clock.move(seconds=30)
        road.move("signed")
        road.clock.move(hours=1)
        road.deliver()
        # And newer lines after the end are kept as lines, no more.
        row = {"time": "2026-12-01 09:00:00", "context": "又在路上"}
        last = {"state": "2", "com": "yuantong", "nu": NUMBER, "data": [row]}
        assert post(road, document(lastResult=last)).status == 200
        road.drain()
        found = now_of(parcel)
        assert (found.status, found.trouble, found.watch) == (ParcelStatus.DELIVERED, None, None)
        assert names(told) == ["ParcelMoved delivered", "ParcelDelivered"]

    def test_of_two_equal_lists_the_one_that_says_signed_counts(self, road: Road) -> None:
        parcel = road.ship()
        for state in ("0", "3", "0"):
            post(road, document(state))
            road.drain()
        assert now_of(parcel).status is ParcelStatus.DELIVERED

    def test_an_empty_list_moves_nothing(self, road: Road) -> None:
        parcel = road.ship()
        road.move("collected")
        for last in ({"state": "0", "data": []}, {}, None):
            assert post(road, document(lastResult=last)).status == 200
        road.drain()
        assert now_of(parcel).status is ParcelStatus.COLLECTED
        assert len(track_of(parcel).entries) == 1

    def test_lost_ones_are_repaired_by_the_next(self, road: Road) -> None:
        parcel = road.ship()
        road.partners.faults.callback("lost", times=2)
        road.move("collected", "一")
        road.clock.move(hours=1)
        road.move("moving", "二")
        assert now_of(parcel).status is ParcelStatus.CREATED
        road.clock.move(hours=1)
        road.move("delivering", "三")
        assert [entry["text"] for entry in road.buyer_sees(parcel)["entries"]] == ["三", "二", "一"]

    def test_faster_than_our_own_note_of_the_subscription(self, road: Road, told: list[Event]) -> None:
        """Kuaidi100 has called back before the reaction that subscribed is done."""
        parcel = road.ship(drain=False)
        asking_now = asking.kuaidi100.subscribe

        def subscribe(**given: Any) -> None:
            asking_now(**given)
            road.partners.kuaidi100.move(NUMBER, "collected")
            road.partners.kuaidi100.callbacks.deliver_due()

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(asking.kuaidi100, "subscribe", subscribe)
            road.drain()
        assert now_of(parcel).status is ParcelStatus.COLLECTED
        assert track_of(parcel).subscription is Subscription.SUBSCRIBED
        assert names(told) == ["ParcelMoved collected"]


def test_a_bad_message_harms_no_neighbor(road: Road, cloud: Cloud, drain: Callable[..., Any]) -> None:
    first, second = road.ship(), road.ship("yto", "YT0000000000002")
    track = track_of(first)
    broken = {**track.serialize(), "entries": {"S": "{not json"}}
    _put(cloud, "tracks", broken)
    road.partners.kuaidi100.move(NUMBER, "collected")
    road.partners.kuaidi100.move("YT0000000000002", "collected")
    road.partners.kuaidi100.callbacks.deliver_due()
    drain(redeliver=True)
    assert (now_of(first).status, now_of(second).status) == (ParcelStatus.CREATED, ParcelStatus.COLLECTED)
    (dead,) = cloud.dead_letters()
    assert dead["payload"]["parcel_id"] == first.id


def _put(cloud: Cloud, table: str, item: dict[str, Any]) -> None:
    from chalicelib.core import aws

    aws.client("dynamodb").put_item(TableName=cloud.prefix + table, Item=item)
