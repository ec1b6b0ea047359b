"""As many stores as a mall may have: the nearest is the nearest, in one read of the list for many questions."""

from __future__ import annotations

import random

from chalicelib.mall.stores import service
from chalicelib.mall.stores.models import MAX_STORES, Store
from chalicelib.mall.stores.schemas import StoreFields
from infra.local import faults
from tests.harness import Client, MovableClock
from tests.mall.stores.factories import store

BEIJING = {"latitude": 39_909_000, "longitude": 116_397_000}


def test_the_nearest_of_a_thousand(http: Client, frozen: MovableClock) -> None:
    drawn = random.Random(7)
    first = service.create(StoreFields.model_validate(store("店 0")))
    with Store.batch_write() as batch:
        for number in range(1, MAX_STORES):
            north, east = drawn.randrange(20 * 10**6, 45 * 10**6), drawn.randrange(85 * 10**6, 125 * 10**6)
            at = {"latitude": north, "longitude": east}
            batch.save(Store(**{**first.attribute_values, "id": f"sto_{number:04d}", "name": f"店 {number}", **at}))
    service.forget()
    point = (BEIJING["latitude"], BEIJING["longitude"])
    away = {each.id: service.distance(each, point) for each in service.load().by_id.values()}
    nearest = sorted(away, key=lambda each: (away[each], each))[:40]
    with faults.watched() as watch:
        page = http.get("/stores", query={**BEIJING, "limit": 20}).ok()
        rest = http.get("/stores", query={**BEIJING, "limit": 20, "cursor": page["cursor"]}).ok()
    assert [each["id"] for each in [*page["items"], *rest["items"]]] == nearest
    assert watch.steps == ["dynamodb GetItem", "dynamodb Query"], "read once, and kept"
