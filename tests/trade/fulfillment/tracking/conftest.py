"""A mall with an account at Kuaidi100, and the road that its parcels take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from chalicelib.core import ids, jobs
from chalicelib.core.events import Event
from chalicelib.core.settings import settings
from chalicelib.core.transaction import Transaction
from chalicelib.trade.fulfillment.shipments.events import ParcelShipped
from chalicelib.trade.fulfillment.shipments.models import Delivery, Parcel, waybill_key
from chalicelib.trade.fulfillment.tracking.models import Track
from infra.local.partners import Partners
from tests.harness import Client, Cloud, MovableClock
from tests.trade.fulfillment.factories import buyer_token, parcels_of, planned, staff_token, unpaid

Drain = Callable[..., Any]
NUMBER = "YT9693083639795"
YTO = {"carrier": "yto", "tracking_number": NUMBER}


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch, partners: Partners) -> None:
    for name, value in partners.settings_environment().items():
        if name.startswith("SIYU_KUAIDI100_"):
            monkeypatch.setenv(name, value)
    settings.cache_clear()


@pytest.fixture
def no_account(account: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CUSTOMER", "KEY"):
        monkeypatch.delenv(f"SIYU_KUAIDI100_{name}")
    settings.cache_clear()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Partners get 0.3 seconds."""
    monkeypatch.setenv("SIYU_PARTNER_TIMEOUT_SECONDS", "0.3")
    settings.cache_clear()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    """Every event of a committed transaction, from now on."""
    heard: list[Event] = []
    commit = Transaction.commit

    def listen(tx: Transaction) -> None:
        announced = [event for event, _ in tx._events]
        commit(tx)
        heard.extend(announced)

    monkeypatch.setattr(Transaction, "commit", listen)
    return heard


def names(told: list[Event]) -> list[str]:
    """What was announced of parcels, in order: ``ParcelMoved delivered``."""
    said = []
    for event in told:
        kind, fields = type(event).__name__, event.model_dump()
        if kind in ("ParcelMoved", "ParcelDelivered", "ParcelInTrouble"):
            said.append(f"{kind} {fields.get('status') or fields.get('trouble') or ''}".strip())
    return said


@dataclass(frozen=True)
class Road:
    """Parcels, Kuaidi100 and the clock, in a few words."""

    http: Client
    partners: Partners
    drain: Drain
    clock: MovableClock

    @property
    def desk(self) -> Client:
        """Staff who ship, signed in this moment."""
        return self.http.as_(staff_token("shipping.read", "shipping.write"))

    def hand_over(self, **waybill: Any) -> Parcel:
        """A parcel leaves by every real step: planned, shipped by staff, watched."""
        order = planned(self.drain)
        path = f"/admin/orders/{order.number}/parcels"
        self.desk.post(path, json=waybill or YTO, key=f"ship-{order.number}").ok()
        self.drain()
        (parcel,) = parcels_of(order)
        return parcel

    def ship(self, carrier: str = "yto", tracking_number: str = NUMBER, *, drain: bool = True) -> Parcel:
        """What shipping leaves behind, and Kuaidi100 has been asked to watch it."""
        order = unpaid()
        parcel = Parcel(
            order_id=order.id,
            id=ids.new("par"),
            shipment_id="shp_1",
            member_id=order.member_id,
            order_number=order.number,
            delivery=Delivery.EXPRESS,
            carrier=carrier,
            tracking_number=tracking_number,
            waybill=waybill_key(carrier, tracking_number),
            lines=[],
            shipped_at=self.clock.at,
        )
        parcel.save()
        with Transaction() as tx:
            tx.emit(ParcelShipped(member_id=order.member_id, order_id=order.id, parcel_id=parcel.id))
        if drain:
            self.drain()
        return now_of(parcel)

    def move(self, state: str, text: str = "", number: str = NUMBER, **more: Any) -> None:
        """The courier scans it; the callback comes and is taken."""
        self.partners.kuaidi100.move(number, state, text, **more)
        self.deliver()

    def deliver(self) -> list[int]:
        """The callbacks that wait come, and are taken. Returns the statuses of all last answers."""
        self.partners.kuaidi100.callbacks.deliver_due()
        self.drain()
        return [each.attempts[-1].status for each in self.callbacks() if each.attempts]

    def poll(self) -> int:
        """The job runs, its messages are handled."""
        found = jobs.run("poll_tracking")
        self.drain()
        assert isinstance(found, int)
        return found

    def callbacks(self) -> list[Any]:
        return list(self.partners.kuaidi100.books.callbacks.values())

    def calls(self, endpoint: str) -> int:
        return sum(1 for name, _ in self.partners.calls if name == endpoint)

    def buyer_sees(self, parcel: Parcel) -> Any:
        buyer = self.http.as_(buyer_token(parcel.member_id))
        return buyer.get(f"/orders/{parcel.order_id}/parcels/{parcel.id}/track").ok()

    def staff_see(self, parcel: Parcel) -> Any:
        return self.desk.get(f"/admin/orders/{parcel.order_number}/parcels/{parcel.id}/track").ok()

    def troubled(self, trouble: str) -> list[Any]:
        found: list[Any] = self.desk.get("/admin/troubled-parcels", query={"trouble": trouble}).ok()["items"]
        return found


@pytest.fixture
def road(cloud: Cloud, frozen: MovableClock, http: Client, partners: Partners, drain: Drain) -> Road:
    return Road(http, partners, drain, frozen)


def now_of(parcel: Parcel) -> Parcel:
    """The parcel as it is stored now."""
    found = Parcel.find(parcel.order_id, parcel.id, consistent=True)
    assert found is not None
    return found


def track_of(parcel: Parcel) -> Track:
    found = Track.find(parcel.order_id, parcel.id, consistent=True)
    assert found is not None
    return found
