"""The first screen's page: drafted, published, taken back; a store's own, or the mall's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.core import clock
from chalicelib.mall.catalog.editing import service as editing
from chalicelib.mall.catalog.products.models import ProductStatus
from chalicelib.mall.storefront.layouts import service
from chalicelib.mall.storefront.layouts.models import Layout
from chalicelib.mall.storefront.layouts.schemas import Shown
from chalicelib.mall.stores import service as stores
from chalicelib.mall.stores.models import Store
from chalicelib.mall.stores.schemas import StoreFields
from tests.harness import Client, Cloud, MovableClock, Reply
from tests.mall.catalog import factories as catalog
from tests.mall.stores import factories as places
from tests.trade.fulfillment.entitlements.factories import clerk

PERMISSIONS = ("layouts.read", "layouts.write")
HELLO = {"type": "text", "text": "周末全店九折"}
PICTURE = "https://media.test/spring.jpg"


@pytest.fixture
def owner(http: Client, cloud: Cloud, frozen: MovableClock) -> Client:
    """Headquarters."""
    return http.as_(clerk(permissions=(*PERMISSIONS, "stores.everywhere")))


def store(name: str = "徐家汇店") -> Store:
    return stores.create(StoreFields.model_validate(places.store(name)))


def write(desk: Client, scope: str, *blocks: Any, version: int = 0) -> Reply:
    return desk.put(f"/admin/layouts/{scope}", json={"blocks": list(blocks), "version": version})


def publish(desk: Client, scope: str, *blocks: Any, version: int = 0) -> Any:
    """Drafted and published; the draft."""
    made = write(desk, scope, *blocks, version=version).ok()
    return desk.post(f"/admin/layouts/{scope}/publish", json={"version": made["version"]}).ok()


def home(http: Client, store_id: str | None = None) -> Any:
    return http.get("/home", query={"store_id": store_id} if store_id else {}).ok()["layout"]


def texts(layout: Any) -> list[str]:
    return [each["text"] for each in layout["blocks"]]


def test_a_draft_is_seen_when_it_is_published(http: Client, owner: Client, refresh: Any) -> None:
    refresh()
    assert home(http) is None
    drafted = write(owner, "mall", HELLO).ok()
    assert (drafted["version"], drafted["live_number"], drafted["is_published"]) == (1, None, False)
    assert home(http) is None
    done = owner.post("/admin/layouts/mall/publish", json={"version": 1}).ok()
    assert (done["live_number"], done["is_published"]) == (1, True)
    seen = home(http)
    assert (seen["store_id"], seen["number"], texts(seen)) == (None, 1, ["周末全店九折"])
    write(owner, "mall", {"type": "text", "text": "改"}, version=done["version"]).ok()
    assert texts(home(http)) == ["周末全店九折"], "a draft is nobody's business"
    assert owner.get("/admin/layouts/mall").ok()["is_published"] is False


def test_a_store_has_its_own_or_the_malls(http: Client, owner: Client, refresh: Any) -> None:
    refresh()
    here, there = store(), store("二店")
    publish(owner, "mall", HELLO)
    clerk_here = http.as_(clerk(here.id, permissions=PERMISSIONS))
    publish(clerk_here, here.id, {"type": "text", "text": "本店新到"})
    assert (home(http, here.id)["store_id"], texts(home(http, here.id))) == (here.id, ["本店新到"])
    for other in (there.id, "sto_none", None):
        assert texts(home(http, other)) == ["周末全店九折"]
    clerk_here.delete(f"/admin/layouts/{here.id}").ok()
    assert texts(home(http, here.id)) == ["周末全店九折"]


def test_nobody_arranges_another_ones_page(http: Client, owner: Client, cloud: Cloud) -> None:
    here, there = store(), store("二店")
    stranger = http.as_(clerk(there.id, permissions=PERMISSIONS))
    reader = http.as_(clerk(here.id, permissions=("layouts.read",)))
    publish(owner, here.id, HELLO)
    publish(owner, "mall", HELLO)
    with cloud.unchanged():
        for scope in (here.id, "mall"):
            path = f"/admin/layouts/{scope}"
            assert write(stranger, scope, HELLO, version=2).code == "not_your_store"
            assert stranger.post(f"{path}/publish", json={"version": 2}).code == "not_your_store"
            assert stranger.post(f"{path}/restore", json={"number": 1}).code == "not_your_store"
            assert stranger.delete(path).code == "not_your_store"
            assert (stranger.get(path).code, stranger.get(f"{path}/editions").code) == ("not_your_store",) * 2
        assert write(reader, here.id, HELLO, version=2).code == "forbidden"
        assert write(owner, "sto_none", HELLO).code == "store_not_found"
        assert owner.post(f"/admin/layouts/{there.id}/publish", json={"version": 1}).code == "layout_not_found"
    assert reader.get(f"/admin/layouts/{here.id}").ok()["live_number"] == 1


def test_editions_come_back(http: Client, owner: Client, refresh: Any, cloud: Cloud) -> None:
    refresh()
    first = publish(owner, "mall", HELLO)
    second = publish(owner, "mall", {"type": "text", "text": "二"}, version=first["version"])
    with cloud.unchanged():
        again = owner.post("/admin/layouts/mall/publish", json={"version": second["version"]}).ok()
        assert again == second, "published twice is one edition"
        assert owner.post("/admin/layouts/mall/restore", json={"number": 3}).code == "edition_not_found"
        assert owner.post("/admin/layouts/mall/publish", json={"version": first["version"]}).code == "layout_moved"
    assert owner.post("/admin/layouts/mall/restore", json={"number": 1}).ok()["live_number"] == 1
    assert texts(home(http)) == ["周末全店九折"]
    owner.post("/admin/layouts/mall/publish", json={"version": second["version"]}).ok()
    assert (home(http)["number"], texts(home(http))) == (3, ["二"])
    listed = owner.get("/admin/layouts/mall/editions").ok()["items"]
    assert [each["number"] for each in listed] == [3, 2, 1]


def test_fifty_editions_are_kept(owner: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "KEPT_EDITIONS", 2)
    version = 0
    for number in range(4):
        version = publish(owner, "mall", {"type": "text", "text": str(number)}, version=version)["version"]
    assert [each["number"] for each in owner.get("/admin/layouts/mall/editions").ok()["items"]] == [4, 3]


def test_blocks_as_buyers_see_them(http: Client, owner: Client, refresh: Any, frozen: MovableClock) -> None:
    towel, gone = (catalog.product(name=name, **catalog.plain(2_900)) for name in ("毛巾", "下架"))
    editing.set_status(gone.id, ProductStatus.UNLISTED)
    refresh()
    soon, later = (clock.now() + timedelta(hours=each) for each in (1, 2))
    slide = {"picture": PICTURE, "link": {"kind": "product", "target": towel.id}}
    publish(
        owner,
        "mall",
        {"type": "banner", "slides": [slide, {**slide, "show_from": soon.isoformat()}]},
        {"type": "products", "title": "热卖", "product_ids": [gone.id, towel.id]},
        {"type": "products", "product_ids": [gone.id]},
        {"type": "coupons", "template_ids": ["cpt_1"]},
        {"type": "campaign", "campaign_id": "cmp_1"},
        {"type": "image", "picture": PICTURE},
        {**HELLO, "show_from": soon.isoformat(), "show_until": later.isoformat()},
    )

    def types() -> list[str]:
        return [each["type"] for each in home(http)["blocks"]]

    banner, shelf, *_ = home(http)["blocks"]
    assert types() == ["banner", "products", "coupons", "campaign", "image"]
    assert (len(banner["slides"]), [each["id"] for each in shelf["items"]]) == (1, [towel.id])
    frozen.move(hours=1)
    assert (types()[-1], len(home(http)["blocks"][0]["slides"])) == ("text", 2)
    frozen.move(hours=1)
    assert types()[-1] == "image"


def test_a_span_holds_its_beginning_and_not_its_end() -> None:
    begin, end = datetime(2026, 12, 1, tzinfo=UTC), datetime(2026, 12, 2, tzinfo=UTC)
    shown = Shown(show_from=begin, show_until=end)
    moment = timedelta(microseconds=1)
    assert [shown.is_shown(at) for at in (begin - moment, begin, end - moment, end)] == [False, True, True, False]


@pytest.mark.parametrize(
    "block",
    [
        {"type": "video"},
        {"type": "banner", "slides": []},
        {"type": "banner", "slides": [{"picture": "javascript:x"}]},
        {"type": "image", "picture": PICTURE, "link": {"kind": "page", "target": "a b"}},
        {"type": "text", "text": "x" * 2001},
        {"type": "products", "product_ids": [f"p{n}" for n in range(31)]},
        {"type": "products", "product_ids": ["prd_none"]},
        {**HELLO, "color": "red"},
        {**HELLO, "show_from": "2026-12-02T00:00:00Z", "show_until": "2026-12-01T00:00:00Z"},
    ],
)
def test_bad_blocks_are_named(owner: Client, cloud: Cloud, block: Any) -> None:
    with cloud.unchanged():
        assert write(owner, "mall", block).status == 422


def test_a_page_is_bounded(owner: Client, cloud: Cloud) -> None:
    shelf = {"type": "products", "product_ids": [f"p{n}" for n in range(30)]}
    with cloud.unchanged():
        assert write(owner, "mall", *[HELLO] * 31).status == 422
        assert write(owner, "mall", *[shelf] * 4).status == 422
    slides = [{"picture": "https://media.test/" + "x" * 480, "title": "字" * 60}] * 10
    publish(owner, "mall", *[{"type": "banner", "slides": slides}] * 20)


@pytest.mark.dynoxide
def test_two_at_once(owner: Client) -> None:
    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(lambda n: write(owner, "mall", {"type": "text", "text": str(n)}), range(4)))
    assert sorted(each.status for each in replies)[0] == 200
    assert {each.code for each in replies if each.status != 200} <= {"layout_moved", "too_busy"}
    assert sum(each.status == 200 for each in replies) == 1
    with ThreadPoolExecutor(4) as pool:
        body = {"version": 1}
        list(pool.map(lambda n: owner.post("/admin/layouts/mall/publish", json=body), range(4)))
    assert [each.id for each in Layout.query("mall")] == ["draft", "e0000000001", "live"]
