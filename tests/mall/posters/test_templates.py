"""Staff and their templates: made, edited, switched, looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.mall.posters.designs.service import built_in
from chalicelib.mall.posters.templates import service
from infra.local.partners import Partners
from tests.harness import Client, Cloud, MovableClock
from tests.mall.catalog.factories import staff_token
from tests.mall.posters import factories

Do = Callable[..., Any]
DESIGN: dict[str, Any] = {
    "width": 400,
    "height": 600,
    "background": {"start": "#ffffff", "end": "#ffeeee"},
    "layers": [
        {"kind": "picture", "slot": "picture", "x": 0, "y": 0, "width": 400, "height": 300},
        {
            "kind": "text",
            "texts": ["{title}"],
            "x": 20,
            "y": 320,
            "width": 360,
            "height": 60,
            "size": 24,
            "color": "#111111",
        },
        {"kind": "code", "x": 200, "y": 400, "size": 180},
    ],
}
NEW = {"kind": "product", "name": "双十一", "design": DESIGN}


@pytest.fixture
def staff(http: Client, cloud: Cloud, frozen: MovableClock, partners: Partners) -> Client:
    return http.as_(staff_token("sharing.read", "sharing.write"))


def make(staff: Client, **changes: Any) -> dict[str, Any]:
    view: dict[str, Any] = staff.post("/admin/poster-templates", json={**NEW, **changes}).ok()
    return view


def test_an_own_template_from_making_to_a_buyers_poster(staff: Client, http: Client, drain: Do) -> None:
    own = make(staff)
    assert (own["built_in"], own["enabled"], own["default"], own["version"]) == (False, True, False, 1)
    assert own["id"] in [each["id"] for each in http.get("/posters/templates").ok()["items"]]
    staff.patch(f"/admin/poster-templates/{own['id']}", json={"default": True}).ok()
    product = factories.product()
    factories.member()
    buyer = factories.buyer(http)
    asked = buyer.post("/posters", json={"product_id": product.id}).ok()
    assert (asked["template_id"], asked["width"], asked["height"]) == (own["id"], 400, 600)
    drain()
    assert factories.picture_of(buyer.get(f"/posters/{asked['id']}").ok()).size == (400, 600)


def test_an_edit_counts_for_the_next_posters(staff: Client, http: Client, drain: Do, cloud: Cloud) -> None:
    own = make(staff)
    product = factories.product()
    factories.member()
    buyer = factories.buyer(http)
    body = {"product_id": product.id, "template_id": own["id"]}
    before = buyer.post("/posters", json=body).ok()
    path = f"/admin/poster-templates/{own['id']}"
    taller = {**NEW, "design": {**DESIGN, "height": 700}}
    after = staff.put(path, json={**taller, "version": 1}).ok()
    assert (after["version"], after["height"], after["design"]["height"]) == (2, 700, 700)
    with cloud.unchanged():
        assert staff.put(path, json={**NEW, "version": 1}).code == "poster_template_changed"
    second = buyer.post("/posters", json=body).ok()
    assert second["id"] != before["id"]
    drain()  # also the one that was asked for before is drawn as it was promised
    sizes = [factories.picture_of(buyer.get(f"/posters/{each['id']}").ok()).size for each in (before, second)]
    assert sizes == [(400, 600), (400, 700)]


def test_switching_off(staff: Client, http: Client, cloud: Cloud) -> None:
    product = factories.product()
    factories.member()
    buyer = factories.buyer(http)
    staff.patch("/admin/poster-templates/paper", json={"enabled": False}).ok()
    assert "paper" not in [each["id"] for each in http.get("/posters/templates").ok()["items"]]
    listed = {each["id"]: each for each in staff.get("/admin/poster-templates").ok()["items"]}
    assert (listed["paper"]["enabled"], listed["clean"]["default"]) == (False, True)
    body = {"product_id": product.id, "template_id": "paper"}
    with cloud.unchanged():
        assert buyer.post("/posters", json=body).code == "poster_template_not_found"
        assert staff.patch("/admin/poster-templates/paper", json={"default": True}).code == "poster_template_in_use"
        assert staff.patch("/admin/poster-templates/clean", json={"enabled": False}).code == "poster_template_in_use"
    staff.patch("/admin/poster-templates/paper", json={"enabled": True, "default": True}).ok()
    staff.patch("/admin/poster-templates/clean", json={"enabled": False}).ok()
    with cloud.unchanged():
        assert staff.patch("/admin/poster-templates/paper", json={"enabled": False}).code == "poster_template_in_use"
    assert buyer.post("/posters", json={"product_id": product.id}).ok()["template_id"] == "paper"


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("PUT", "clean", {**NEW, "version": 1}, "built_in_poster_template"),
        ("PUT", "ptp_none", {**NEW, "version": 1}, "poster_template_not_found"),
        ("PATCH", "ptp_none", {"enabled": False}, "poster_template_not_found"),
        ("GET", "ptp_none", None, "poster_template_not_found"),
        ("PATCH", "clean", {}, "invalid"),
        ("PATCH", "clean", {"default": False}, "invalid"),
        ("PATCH", "clean", {"default": True, "enabled": False}, "invalid"),
        ("POST", "", {**NEW, "design": {**DESIGN, "layers": []}}, "invalid"),
        ("POST", "", {**NEW, "name": "a\nb"}, "invalid"),
        ("POST", "", {**NEW, "kind": "unknown"}, "invalid"),
    ],
)
def test_refusals(staff: Client, cloud: Cloud, method: str, path: str, body: Any, code: str) -> None:
    with cloud.unchanged():
        assert staff.request(method, f"/admin/poster-templates/{path}".rstrip("/"), json=body).code == code


def test_a_design_with_a_foreign_picture_is_not_saved(staff: Client, cloud: Cloud) -> None:
    layer = {"kind": "picture", "url": "https://169.254.169.254/x", "x": 0, "y": 0, "width": 10, "height": 10}
    design = {**DESIGN, "layers": [layer, *DESIGN["layers"]]}
    with cloud.unchanged():
        assert staff.post("/admin/poster-templates", json={**NEW, "design": design}).code == "picture_refused"
        assert staff.post("/admin/posters/preview", json={"design": design}).code == "picture_refused"


def test_how_many_and_how_large(staff: Client, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MAX_OWN", 1)
    make(staff)
    with cloud.unchanged():
        assert staff.post("/admin/poster-templates", json=NEW).code == "too_many_poster_templates"
        text = {**DESIGN["layers"][1], "texts": ["长" * 80] * 4}
        large = {**DESIGN, "layers": [*[text] * 38, DESIGN["layers"][2]]}
        assert staff.post("/admin/poster-templates", json={**NEW, "design": large}).code == "invalid"


def test_who_may(http: Client, cloud: Cloud) -> None:
    reader, stranger = http.as_(staff_token("sharing.read")), http.as_(staff_token("orders.read"))
    assert reader.get("/admin/poster-templates").status == 200
    with cloud.unchanged():
        for client, code in ((reader, "forbidden"), (http, "unauthorized")):
            assert client.post("/admin/poster-templates", json=NEW).code == code
            assert client.put("/admin/poster-templates/clean", json={**NEW, "version": 1}).code == code
            assert client.patch("/admin/poster-templates/clean", json={"enabled": True}).code == code
            assert client.post("/admin/posters/preview", json={"template_id": "clean"}).code == code
        assert stranger.get("/admin/posters/pst_1").code == "forbidden"


# ---- previews


def test_every_built_in_template_can_be_looked_at(staff: Client, drain: Do, partners: Partners) -> None:
    asked = {name: staff.post("/admin/posters/preview", json={"template_id": name}).ok() for name in built_in()}
    assert {view["status"] for view in asked.values()} == {"pending"}
    drain()
    for name, view in asked.items():
        image = factories.picture_of(staff.get(f"/admin/posters/{view['id']}").ok())
        assert image.size == (built_in()[name].design.width, built_in()[name].design.height)
    assert len(partners.wechat.state.codes.made) == 1


def test_a_design_that_is_not_saved_with_a_product(staff: Client, drain: Do, cloud: Cloud) -> None:
    product = factories.product(listed=False)
    view = staff.post("/admin/posters/preview", json={"design": DESIGN, "product_id": product.id}).ok()
    drain()
    factories.picture_of(staff.get(f"/admin/posters/{view['id']}").ok())
    (draft,) = cloud.items("poster_designs")
    assert "expires_at" in draft
    make(staff)
    (kept,) = cloud.items("poster_designs")
    assert "expires_at" not in kept
    staff.post("/admin/posters/preview", json={"design": DESIGN}).ok()
    assert cloud.items("poster_designs") == [kept]


def test_a_preview_needs_no_released_page(staff: Client, drain: Do, partners: Partners) -> None:
    partners.wechat.state.links.pages = []
    view = staff.post("/admin/posters/preview", json={"template_id": "clean"}).ok()
    drain()
    factories.picture_of(staff.get(f"/admin/posters/{view['id']}").ok())


def test_previews_that_can_not_be(staff: Client, http: Client, cloud: Cloud, drain: Do) -> None:
    factories.member()
    with cloud.unchanged():
        for body, code in (
            ({}, "invalid"),
            ({"template_id": "clean", "design": DESIGN}, "invalid"),
            ({"template_id": "none"}, "poster_template_not_found"),
            ({"template_id": "clean", "product_id": "prd_none"}, "product_not_found"),
        ):
            assert staff.post("/admin/posters/preview", json=body).code == code
        assert staff.get("/admin/posters/pst_none").code == "poster_not_found"
    view = staff.post("/admin/posters/preview", json={"template_id": "clean"}).ok()
    assert factories.buyer(http).get(f"/posters/{view['id']}").code == "poster_not_found"
