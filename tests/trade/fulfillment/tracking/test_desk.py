"""Staff look after parcels in trouble."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.core.events import Event
from chalicelib.trade.fulfillment.shipments.models import Parcel, ParcelStatus, Trouble
from chalicelib.trade.orders import service as orders
from infra.local import faults
from tests.harness import Client, Cloud, Reply
from tests.trade.fulfillment.factories import staff_token, waybill
from tests.trade.fulfillment.tracking.conftest import NUMBER, Road, names, now_of, track_of


def settle(road: Road, parcel: Parcel, *, desk: Client | None = None, **body: Any) -> Reply:
    path = f"/admin/orders/{parcel.order_number}/parcels/{parcel.id}/track/settle"
    return (desk or road.desk).post(path, json={"note": "已联系快递", **body})


def test_the_list_is_paged_the_longest_in_trouble_first(road: Road) -> None:
    parcels = []
    for number in range(5):
        parcels.append(road.ship(**waybill(number)))
        road.clock.move(minutes=1)
        road.move("problem", number=waybill(number)["tracking_number"])
    seen, cursor = [], None
    while True:
        query = {"trouble": "problem", "limit": 2, "cursor": cursor}
        page = road.desk.get("/admin/troubled-parcels", query=query).ok()
        seen += [each["parcel_id"] for each in page["items"]]
        cursor = page["cursor"]
        if cursor is None:
            break
    assert seen == [parcel.id for parcel in parcels]
    assert road.troubled("refused") == []
    assert road.desk.get("/admin/troubled-parcels").status == 422
    assert road.desk.get("/admin/troubled-parcels", query={"trouble": "lost"}).status == 422


def test_the_index_is_behind(road: Road, cloud: Cloud) -> None:
    road.ship()
    road.move("problem")
    with faults.stale_indexes(cloud.memory):
        road.clock.move(hours=1)
        road.move("signed")
        assert road.troubled("problem") == []


def test_settled_with_a_note(road: Road, told: list[Event]) -> None:
    parcel = road.ship()
    road.move("refused", "客户拒收")
    shown = settle(road, parcel, note="已退回仓库重发").ok()
    assert (shown["trouble"], shown["track"]["status"]) == (None, "exception")
    assert road.troubled("refused") == []
    (note,) = [entry for entry in orders.entries(parcel.order_id) if "异常已处理" in entry.text]
    assert "已退回仓库重发" in note.text
    # The same trouble again is not news; another one is.
    road.clock.move(hours=1)
    road.move("refused", "客户再次拒收")
    assert now_of(parcel).trouble is None
    road.clock.move(hours=1)
    road.move("returning", "退回中")
    assert now_of(parcel).trouble is Trouble.RETURNED
    assert names(told).count("ParcelInTrouble refused") == 1


def test_settled_but_it_lies_still_as_long_again(road: Road) -> None:
    parcel = road.ship()
    road.move("problem")
    road.clock.move(days=1)
    settle(road, parcel).ok()
    road.clock.move(days=4)
    road.poll()
    assert now_of(parcel).trouble is None
    road.clock.move(days=1, minutes=1)
    road.poll()
    assert now_of(parcel).trouble is Trouble.STUCK


@pytest.mark.parametrize("ended", ["delivered", "returned"])
def test_ended_by_the_word_of_staff(road: Road, told: list[Event], cloud: Cloud, ended: str) -> None:
    parcel = road.ship()
    road.move("problem")
    shown = settle(road, parcel, ended_as=ended).ok()
    found = now_of(parcel)
    assert (found.status, found.trouble, found.watch, shown["look_at"]) == (ended, None, None, None)
    assert names(told)[2:] == (["ParcelDelivered"] if ended == "delivered" else [])
    assert (found.delivered_at is not None) == (ended == "delivered")
    # The courier's later words are lines, no more.
    road.clock.move(hours=1)
    road.move("moving", "又在路上")
    assert now_of(parcel).status == ended
    assert road.buyer_sees(parcel)["entries"][0]["text"] == "又在路上"
    desk = road.desk
    with cloud.unchanged():
        assert settle(road, parcel, desk=desk, ended_as="delivered").code == "parcel_ended"


def test_refusals_write_nothing(road: Road, cloud: Cloud) -> None:
    parcel = road.ship()
    track = f"/admin/orders/{parcel.order_number}/parcels/{parcel.id}/track"
    nobody = road.http.as_(staff_token("orders.read"))
    reader = road.http.as_(staff_token("shipping.read"))
    desk = road.desk
    with cloud.unchanged():
        assert settle(road, parcel, desk=desk).code == "not_in_trouble"
        assert settle(road, parcel, desk=desk, note="").status == 422
        assert settle(road, parcel, desk=desk, note="x" * 201).status == 422
        assert settle(road, parcel, desk=desk, ended_as="created").status == 422
        assert nobody.get(track).status == nobody.get("/admin/troubled-parcels").status == 403
        assert reader.post(f"{track}/ask").status == 403
        assert reader.post(f"{track}/settle", json={"note": "x"}).status == 403
        assert road.http.post(f"{track}/ask").status == 401
        assert reader.get("/admin/orders/1/parcels/x/track").code == "order_not_found"
        assert reader.get(f"/admin/orders/{parcel.order_number}/parcels/x/track").code == "parcel_not_found"


def test_ask_now(road: Road) -> None:
    parcel = road.ship()
    road.partners.kuaidi100.move(NUMBER, "delivering", "派件中", silently=True)
    path = f"/admin/orders/{parcel.order_number}/parcels/{parcel.id}/track/ask"
    shown = road.desk.post(path).ok()
    assert (shown["track"]["status"], shown["problem"], shown["subscription"]) == (
        "out_for_delivery",
        None,
        "subscribed",
    )
    road.clock.move(hours=1)
    road.partners.faults.api("track_query", "500")
    assert road.desk.post(path).ok()["problem"] == "PartnerBroken"
    road.clock.move(hours=1)
    road.move("signed")
    assert road.desk.post(path).code == "not_tracked"


def test_two_at_once_one_is_told_to_look_again(road: Road, cloud: Cloud) -> None:
    """Between reading and writing, the courier was faster."""
    from chalicelib.core.errors import DomainError
    from chalicelib.core.transaction import Transaction
    from chalicelib.trade.fulfillment.tracking import service

    parcel = road.ship()
    seen = service.sight(parcel.order_id, parcel.id)
    road.move("signed")
    seen.case.parcel.status = ParcelStatus.RETURNED
    with cloud.unchanged(), pytest.raises(DomainError) as refused, Transaction() as tx:
        seen.write(tx)
    assert refused.value.code == "parcel_changed"
    assert now_of(parcel).status is ParcelStatus.DELIVERED
    assert track_of(parcel).revision == 2
