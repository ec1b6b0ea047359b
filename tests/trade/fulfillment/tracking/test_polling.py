"""Where nobody calls, the mall asks: rarely, within Kuaidi100's limits, and never for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.core import aws, jobs
from chalicelib.core.events import Event
from chalicelib.core.settings import settings
from chalicelib.trade.fulfillment.shipments.models import Parcel, ParcelStatus, Trouble
from chalicelib.trade.fulfillment.tracking import jobs as tracking_jobs
from chalicelib.trade.fulfillment.tracking.models import Limit, Subscription, shards
from tests.harness import Cloud
from tests.trade.fulfillment.tracking.conftest import NUMBER, Road, names, now_of, track_of


def quietly(road: Road, state: str, text: str = "", number: str = NUMBER) -> None:
    """The courier scans it, and Kuaidi100 does not tell."""
    road.partners.kuaidi100.move(number, state, text, company="yuantong", silently=True)


class TestSilence:
    def test_a_subscribed_parcel_is_asked_for_after_twelve_hours(self, road: Road) -> None:
        parcel = road.ship()
        quietly(road, "collected")
        road.clock.move(hours=11, minutes=59)
        assert road.poll() == 0
        road.clock.move(minutes=2)
        assert road.poll() == 1
        assert now_of(parcel).status is ParcelStatus.COLLECTED
        assert road.poll() == 0

    def test_a_callback_puts_the_question_off(self, road: Road) -> None:
        road.ship()
        road.clock.move(hours=11)
        road.move("collected")
        road.clock.move(hours=11)
        assert (road.poll(), road.calls("track_query")) == (0, 0)

    def test_every_callback_lost_and_yet_delivered(self, road: Road, told: list[Event]) -> None:
        parcel = road.ship()
        road.partners.faults.callback("lost", times=99)
        for state in ("collected", "moving", "delivering", "signed"):
            road.clock.move(hours=13)
            road.move(state)
            road.poll()
        assert now_of(parcel).status is ParcelStatus.DELIVERED
        assert names(told)[-2:] == ["ParcelMoved delivered", "ParcelDelivered"]
        assert road.partners.kuaidi100.books.too_often == []

    def test_the_message_is_lost(self, road: Road) -> None:
        parcel = road.ship()
        quietly(road, "collected")
        road.clock.move(hours=12, minutes=1)
        jobs.run("poll_tracking")
        aws.client("sqs").purge_queue(QueueUrl=aws.queue_url("tracking"))
        assert road.poll() == 0
        road.clock.move(hours=1, minutes=1)
        assert road.poll() == 1
        assert now_of(parcel).status is ParcelStatus.COLLECTED


class TestNotSubscribed:
    @pytest.fixture
    def refused(self, road: Road) -> Parcel:
        road.partners.kuaidi100.refused_companies.add("yuantong")
        parcel = road.ship()
        assert track_of(parcel).subscription is Subscription.REFUSED
        return parcel

    def test_asked_for_every_two_hours(self, road: Road, refused: Parcel) -> None:
        for state in ("collected", "moving", "delivering"):
            quietly(road, state)
            road.clock.move(hours=2, minutes=1)
            assert road.poll() == 1
        assert now_of(refused).status is ParcelStatus.OUT_FOR_DELIVERY
        assert road.staff_see(refused)["problem"] is None
        assert (road.calls("track_subscribe"), road.partners.kuaidi100.books.too_often) == (1, [])

    def test_the_courier_knows_nothing_yet(self, road: Road, refused: Parcel) -> None:
        road.clock.move(hours=2, minutes=1)
        assert road.poll() == 1
        found = track_of(refused)
        assert (found.problem, found.entries, found.heard_at) == (None, [], road.clock.at)


class TestPartnerDown:
    @pytest.mark.parametrize("kind", ["500", "429", "garbage", "reset", "busy"])
    def test_an_hour_long_and_back(self, road: Road, told: list[Event], kind: str) -> None:
        road.partners.faults.api("*", kind, times=999)
        parcel = road.ship()
        assert (track_of(parcel).subscription, bool(track_of(parcel).problem)) == _after(kind)
        for _ in range(4):
            road.clock.move(minutes=15)
            road.poll()
        assert road.staff_see(parcel)["problem"]
        road.partners.faults.clear()
        road.partners.kuaidi100.move(NUMBER, "collected", company="yuantong", silently=True)
        road.clock.move(hours=2, minutes=15)
        road.poll()
        road.deliver()
        assert now_of(parcel).status is ParcelStatus.COLLECTED
        assert track_of(parcel).problem is None
        assert names(told) == ["ParcelMoved collected"]
        assert road.partners.kuaidi100.books.too_often == []
        road.clock.move(hours=1)
        road.move("signed")
        assert now_of(parcel).status is ParcelStatus.DELIVERED or kind == "busy"

    @pytest.mark.usefixtures("impatient")
    def test_a_lost_answer_to_a_subscription(self, road: Road) -> None:
        road.partners.faults.api("track_subscribe", "lost_answer", seconds=0.4)
        parcel = road.ship()
        assert track_of(parcel).subscription is Subscription.WAITING
        road.clock.move(minutes=31)
        road.poll()
        assert track_of(parcel).subscription is Subscription.SHARED  # already subscribed: by whom, a callback tells
        road.move("collected")
        assert track_of(parcel).subscription is Subscription.SUBSCRIBED
        assert len(road.partners.kuaidi100.books.subscriptions[NUMBER].made_at) == 1

    def test_a_wrong_key_is_mended(self, road: Road) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SIYU_KUAIDI100_KEY", "wrong")
            settings.cache_clear()
            parcel = road.ship()
        settings.cache_clear()
        assert (track_of(parcel).subscription, track_of(parcel).problem) == (Subscription.WAITING, "600")
        road.clock.move(hours=2, minutes=1)
        road.poll()
        assert track_of(parcel).subscription is Subscription.SUBSCRIBED


def _after(kind: str) -> tuple[Subscription, bool]:
    # "busy" comes as a code of Kuaidi100's own that no document names for subscriptions: a no is a no.
    return (Subscription.REFUSED if kind == "busy" else Subscription.WAITING), True


class TestLimits:
    def test_one_query_in_thirty_minutes_whoever_asks(self, road: Road) -> None:
        parcel = road.ship()
        path = f"/admin/orders/{parcel.order_number}/parcels/{parcel.id}/track/ask"
        road.desk.post(path).ok()
        road.clock.move(minutes=29)
        again = road.desk.post(path)
        assert (again.code, again.status) == ("asked_lately", 409)
        assert road.calls("track_query") == 1
        road.clock.move(minutes=1, seconds=1)
        road.desk.post(path).ok()
        assert (road.calls("track_query"), road.partners.kuaidi100.books.too_often) == (2, [])

    def test_two_parcels_of_one_number_share_the_limit(self, road: Road) -> None:
        road.partners.kuaidi100.refused_companies.add("yuantong")
        first, second = road.ship(), road.ship()
        quietly_known = road.partners.kuaidi100
        quietly_known.move(NUMBER, "collected", company="yuantong", silently=True)
        road.clock.move(hours=2, minutes=1)
        assert road.poll() == 2
        assert road.calls("track_query") == 1
        assert {now_of(first).status, now_of(second).status} == {ParcelStatus.CREATED, ParcelStatus.COLLECTED}
        road.clock.move(minutes=31)
        road.poll()
        assert {now_of(first).status, now_of(second).status} == {ParcelStatus.COLLECTED}
        assert quietly_known.books.too_often == []

    def test_four_subscriptions_a_month(self, road: Road) -> None:
        road.partners.faults.api("track_subscribe", "500", times=99)
        parcel = road.ship()
        for _ in range(8):
            road.clock.move(minutes=31)
            road.poll()
        assert road.calls("track_subscribe") == 4
        found = track_of(parcel)
        assert (found.subscription, found.problem) == (Subscription.REFUSED, None)
        road.partners.faults.clear()
        road.partners.kuaidi100.move(NUMBER, "collected", company="yuantong")
        road.clock.move(hours=2, minutes=1)
        road.poll()
        assert now_of(parcel).status is ParcelStatus.COLLECTED

    def test_what_certainly_did_not_happen_is_given_back(self, road: Road) -> None:
        road.partners.faults.api("track_subscribe", "429", times=99)
        road.ship()
        (limit,) = Limit.scan()
        assert limit.used == 0

    def test_a_refused_query_may_be_asked_again_at_once(self, road: Road) -> None:
        parcel = road.ship()
        road.partners.faults.api("track_query", "429", times=3)
        path = f"/admin/orders/{parcel.order_number}/parcels/{parcel.id}/track/ask"
        assert road.desk.post(path).ok()["problem"] == "PartnerBusy"
        assert road.desk.post(path).ok()["problem"] is None


class TestStuck:
    def test_nothing_moves_for_five_days(self, road: Road, told: list[Event]) -> None:
        parcel = road.ship()
        road.move("collected")
        for _ in range(5):
            road.clock.move(days=1)
            road.poll()
        assert now_of(parcel).trouble is Trouble.STUCK
        assert [each["parcel_id"] for each in road.troubled("stuck")] == [parcel.id]
        for _ in range(2):
            road.clock.move(days=1)
            road.poll()
        assert names(told) == ["ParcelMoved collected", "ParcelInTrouble stuck"]
        road.move("moving")
        assert (now_of(parcel).trouble, road.troubled("stuck")) == (None, [])

    def test_flagged_at_the_hour(self, road: Road) -> None:
        parcel = road.ship()
        road.clock.move(days=4, hours=23)
        road.poll()
        assert now_of(parcel).trouble is None
        road.clock.move(hours=1, minutes=1)
        road.poll()
        assert now_of(parcel).trouble is Trouble.STUCK

    def test_a_parcel_that_moves_is_not_stuck(self, road: Road) -> None:
        parcel = road.ship()
        for _ in range(4):
            road.clock.move(days=2)
            quietly(road, "moving")
            road.poll()
        assert now_of(parcel).trouble is None

    def test_given_up_by_kuaidi100(self, road: Road, told: list[Event]) -> None:
        parcel = road.ship()
        road.clock.move(days=3, hours=1)
        road.partners.kuaidi100.abort(NUMBER)
        road.deliver()
        found = now_of(parcel)
        assert (found.trouble, track_of(parcel).subscription) == (Trouble.STUCK, Subscription.ENDED)
        road.deliver()
        road.partners.kuaidi100.tell_again(NUMBER)
        road.deliver()
        assert names(told) == ["ParcelInTrouble stuck"]
        quietly(road, "collected")
        road.clock.move(hours=2, minutes=1)
        road.poll()
        assert (now_of(parcel).status, now_of(parcel).trouble) == (ParcelStatus.COLLECTED, None)

    def test_given_up_but_moving(self, road: Road) -> None:
        parcel = road.ship()
        road.move("collected")
        road.partners.kuaidi100.abort(NUMBER)
        road.deliver()
        assert (now_of(parcel).trouble, track_of(parcel).subscription) == (None, Subscription.ENDED)

    def test_after_sixty_days_nobody_looks(self, road: Road) -> None:
        parcel = road.ship()
        road.clock.move(days=59)
        assert road.poll() == 1
        assert now_of(parcel).watch is not None
        road.clock.move(days=1, minutes=1)
        assert road.poll() == 1
        assert (now_of(parcel).watch, now_of(parcel).trouble) == (None, Trouble.STUCK)
        road.clock.move(days=30)
        assert road.poll() == 0


class TestMany:
    def fill(self, road: Road, count: int) -> None:
        now = road.clock.at
        with Parcel.batch_write() as batch:
            for number in range(count):
                batch.save(
                    Parcel(
                        order_id=f"ord_{number:05d}",
                        id=f"par_{number:05d}",
                        shipment_id="shp",
                        member_id="mem_one",
                        order_number="1",
                        carrier="yto",
                        tracking_number=f"YT{number:013d}",
                        waybill=f"yto#YT{number:013d}",
                        lines=[],
                        shipped_at=now - timedelta(days=1),
                        watch=shards()[number % 8],
                        look_at=now - timedelta(seconds=number),
                    )
                )

    def test_every_parcel_due_gets_its_own_message(self, road: Road, cloud: Cloud) -> None:
        self.fill(road, 150)
        assert jobs.run("poll_tracking") == 150
        messages = cloud.messages("tracking")
        assert len({message["payload"]["parcel_id"] for message in messages}) == len(messages) == 150
        assert jobs.run("poll_tracking") == 0

    def test_what_is_too_much_waits_for_the_next_run(
        self, road: Road, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tracking_jobs, "MOST", 3)
        self.fill(road, 40)
        assert [jobs.run("poll_tracking") for _ in range(3)] == [24, 16, 0]
        first = {message["payload"]["parcel_id"] for message in cloud.messages("tracking")[:24]}
        assert first == {f"par_{number:05d}" for number in range(16, 40)}  # the longest due
