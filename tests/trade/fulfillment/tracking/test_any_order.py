"""Whatever comes in whatever order, in the end the mall knows what the courier knows."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.core.events import Event
from chalicelib.core.transaction import Transaction
from chalicelib.gateways.kuaidi100 import schemas
from chalicelib.gateways.kuaidi100.schemas import Callback
from chalicelib.trade.fulfillment.shipments.errors import ParcelChanged
from chalicelib.trade.fulfillment.shipments.models import Delivery, Parcel, ParcelStatus
from chalicelib.trade.fulfillment.tracking import service
from chalicelib.trade.fulfillment.tracking.models import Subscription
from chalicelib.trade.fulfillment.tracking.reading.service import MEANING
from infra.local.partners.kuaidi100.state import Consignment, Line, result_document
from tests.harness import Cloud
from tests.trade.fulfillment.tracking.conftest import Road, names, now_of, track_of

ON_THE_WAY = ("collected", "moving", "delivering", "problem", "refused", "forwarded")
ways = st.tuples(
    st.lists(st.sampled_from(ON_THE_WAY), min_size=0, max_size=5), st.sampled_from(("", "signed", "returned"))
)


def words(road: Road, states: list[str]) -> list[Callback]:
    """What Kuaidi100 says after each scan."""
    consignment, said = Consignment("yuantong", "YT0000000000001"), []
    for hour, state in enumerate(states):
        consignment.lines.append(Line(road.clock.at.replace(hour=hour), f"{hour} {state}", state))
        document = {"status": "polling", "lastResult": result_document(consignment, "yuantong")}
        said.append(schemas.callback(document))
    return said


@settings(max_examples=30)
@given(way=ways, data=st.data())
def test_the_end_is_the_truth(road: Road, cloud: Cloud, told: list[Event], way: Any, data: Any) -> None:
    cloud.memory.clear()
    told.clear()
    states = [*way[0], *([way[1]] if way[1] else [])] or ["collected"]
    said = words(road, states)
    parcel = Parcel(
        order_id="ord_1",
        id="par_1",
        shipment_id="shp_1",
        member_id="mem_1",
        order_number="1",
        delivery=Delivery.EXPRESS,
        carrier="yto",
        tracking_number="YT0000000000001",
        waybill="yto#YT0000000000001",
        lines=[],
        shipped_at=road.clock.at,
    )
    parcel.save()
    # Any of the words, any number of times, in any order; the newest comes at least once, by callback or poll.
    last = len(said) - 1
    order = data.draw(st.permutations([*data.draw(st.lists(st.integers(0, last), max_size=6)), last]))
    ended = False
    for index in order:
        hear(parcel, said[index])
        now = now_of(parcel)
        assert not ended or now.status in (ParcelStatus.DELIVERED, ParcelStatus.RETURNED)
        ended = now.status in (ParcelStatus.DELIVERED, ParcelStatus.RETURNED)
    found, track = now_of(parcel), track_of(parcel)
    assert said[last].told is not None
    status, trouble = MEANING[said[last].told.state]
    assert (found.status, found.trouble) == (status, trouble)
    assert [entry.text for entry in track.entries] == [f"{hour} {state}" for hour, state in enumerate(states)][::-1]
    assert (found.watch is None) == ended
    announced = names(told)
    assert announced.count("ParcelDelivered") == (status is ParcelStatus.DELIVERED)
    assert announced.count(f"ParcelMoved {ParcelStatus.RETURNED}") == (status is ParcelStatus.RETURNED)


def hear(parcel: Parcel, callback: Callback) -> None:
    with Transaction() as tx:
        service.hear(tx, parcel.order_id, parcel.id, parcel.version, callback, parcel.shipped_at)


@pytest.mark.dynoxide
@pytest.mark.parametrize("way", [["collected", "signed"], ["moving", "moving", "moving"]])
def test_two_words_at_once_one_comes_again(road: Road, way: list[str]) -> None:
    """Two messages in two processes: the second to write is refused, also where the status is the same."""
    parcel = road.ship()
    said = words(road, way)
    hear(parcel, said[0])

    def read(callback: Callback) -> service.Sight:
        seen = service.sight(parcel.order_id, parcel.id)
        seen.case.track.subscription = Subscription.ENDED  # news in any case
        service.reading.hear(seen.case, callback)
        service.reading.plan(seen.case)
        return seen

    late, early = read(said[-2]), read(said[-1])
    with Transaction() as tx:
        early.write(tx)
    stored = track_of(parcel).entries
    with pytest.raises(ParcelChanged), Transaction() as tx:
        late.write(tx)
    hear(parcel, said[-2])  # delivered again
    assert track_of(parcel).entries == stored
    assert len(stored) == len(way)
    assert now_of(parcel).last_text == f"{len(way) - 1} {way[-1]}"
