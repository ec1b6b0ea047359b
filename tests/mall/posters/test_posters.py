"""A poster from asking to its picture, and everything that may come between."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core import inbox
from chalicelib.core.settings import settings
from chalicelib.core.transaction import Transaction
from chalicelib.gateways.object_storage import service as storage
from chalicelib.gateways.object_storage.service import Bucket
from chalicelib.gateways.wechat import client
from chalicelib.mall.catalog.editing import service as editing
from chalicelib.mall.catalog.editing.schemas import ProductFields
from chalicelib.mall.catalog.products.models import ProductStatus
from chalicelib.mall.identity.privacy import service as privacy
from chalicelib.mall.posters import service
from chalicelib.mall.posters.events import PosterWanted
from chalicelib.mall.posters.models import Poster
from chalicelib.mall.posters.worker import service as worker
from infra.local.faults import every_death
from infra.local.partners import Partners
from infra.local.partners.wechat.codes import CALLS_A_MINUTE
from tests.harness import Client, Cloud, MovableClock
from tests.mall.catalog import factories as catalog
from tests.mall.posters import factories

Do = Callable[..., Any]


@pytest.fixture
def shop(cloud: Cloud, frozen: MovableClock, partners: Partners, http: Client, drain: Do) -> Any:
    """A product with a picture, a member, and what has happened is delivered."""
    product = factories.product()
    factories.member()
    drain()
    return product


def ask(client: Client, product: Any, **more: Any) -> dict[str, Any]:
    view: dict[str, Any] = client.post("/posters", json={"product_id": product.id, **more}).ok()
    return view


def made(partners: Partners) -> list[tuple[str, str]]:
    return partners.wechat.state.codes.made


def pictures(cloud: Cloud) -> list[str]:
    found = storage.aws.client("s3").list_objects_v2(Bucket=settings().media_bucket, Prefix="posters/")
    return [each["Key"] for each in found.get("Contents", [])]


def test_from_asking_to_the_picture(shop: Any, http: Client, partners: Partners, drain: Do, cloud: Cloud) -> None:
    buyer = factories.buyer(http)
    asked = ask(buyer, shop)
    assert (asked["status"], asked["url"], asked["template_id"]) == ("pending", None, "clean")
    drain()
    ready = buyer.get(f"/posters/{asked['id']}").ok()
    image = factories.picture_of(ready)
    assert (image.format, image.size) == ("JPEG", (ready["width"], ready["height"]))
    assert made(partners) == [("pages/product/detail", f"s={asked['short_code']}")]
    assert http.get(f"/links/{asked['short_code']}").ok()["parameters"] == {"id": shop.id}
    assert http.get(f"/links/{asked['short_code']}").ok()["sharer_id"] == "mbr_1"
    with cloud.unchanged():
        assert ask(buyer, shop) == ready, "what was made is given at once"
    assert cloud.messages("posters") == []


def test_each_template_can_be_chosen(shop: Any, http: Client, drain: Do) -> None:
    buyer = factories.buyer(http)
    cards = http.get("/posters/templates").ok()["items"]
    assert [each["id"] for each in cards if each["default"]] == ["clean"]
    views = [ask(buyer, shop, template_id=each["id"]) for each in cards]
    assert len({view["id"] for view in views}) == len(cards) >= 5
    drain()
    for card, view in zip(cards, views, strict=True):
        image = factories.picture_of(buyer.get(f"/posters/{view['id']}").ok())
        assert image.size == (card["width"], card["height"])


def test_a_poster_without_a_name_is_everybodys_a_personal_one_its_owners(shop: Any, http: Client, drain: Do) -> None:
    factories.member("mbr_2", nickname="阿远")
    one, two = factories.buyer(http), factories.buyer(http, "mbr_2")
    shared, own = ask(one, shop, personal=False), ask(one, shop)
    drain()
    assert ask(two, shop, personal=False)["status"] == "ready"
    assert two.get(f"/posters/{shared['id']}").ok()["id"] == shared["id"]
    assert two.get(f"/posters/{own['id']}").code == "poster_not_found"
    assert one.get("/posters/pst_unknown").code == "poster_not_found"
    assert http.get(f"/posters/{shared['id']}").code == "unauthorized"
    others = ask(two, shop)
    assert others["id"] != own["id"]
    assert others["short_code"] != own["short_code"]
    assert http.get(f"/links/{shared['short_code']}").ok()["sharer_id"] is None


def edit(product: Any, **changes: Any) -> None:
    fields = catalog.fields(**{"pictures": product.pictures, "category_id": product.category_id, **changes})
    editing.update(product.id, ProductFields.model_validate(fields), product.version)


@pytest.mark.parametrize("change", ["price", "picture", "name"])
def test_what_changes_is_drawn_anew(shop: Any, http: Client, drain: Do, change: str) -> None:
    buyer = factories.buyer(http)
    before = ask(buyer, shop)
    drain()
    if change == "price":
        skus = [{**sku, "price_amount": sku["price_amount"] - 100} for sku in catalog.fields()["skus"]]
        edit(shop, skus=skus)
    elif change == "picture":
        edit(shop, pictures=[factories.stored(factories.photo("tea"), "uploads/image/202611/tea.jpg")])
    else:
        edit(shop, name="换了名字的四件套")
    after = ask(buyer, shop)
    assert after["id"] != before["id"]
    assert after["short_code"] == before["short_code"], "it leads where it led"
    drain()
    old, new = (factories.picture_of(buyer.get(f"/posters/{each['id']}").ok()) for each in (before, after))
    assert old.tobytes() != new.tobytes()


def test_a_change_that_is_not_seen_makes_no_new_poster(shop: Any, http: Client, drain: Do) -> None:
    buyer = factories.buyer(http)
    before = ask(buyer, shop)
    drain()
    edit(shop, services=["48小时发货"])
    assert ask(buyer, shop)["id"] == before["id"]


def test_what_is_not_on_sale_or_no_template(shop: Any, http: Client, cloud: Cloud) -> None:
    buyer = factories.buyer(http)
    hidden = factories.product("hidden", listed=False)
    with cloud.unchanged():
        for body, code in (
            ({"product_id": hidden.id}, "product_not_found"),
            ({"product_id": "prd_none"}, "product_not_found"),
            ({"product_id": shop.id, "template_id": "none"}, "poster_template_not_found"),
            ({"product_id": shop.id, "kind": "coupon"}, "invalid"),
            ({"product_id": "../x"}, "invalid"),
            ({"product_id": shop.id, "owner": "mbr_2"}, "invalid"),
        ):
            assert buyer.post("/posters", json=body).code == code
        assert http.post("/posters", json={"product_id": shop.id}).code == "unauthorized"
        assert (
            factories.buyer(http, "mbr_unknown").post("/posters", json={"product_id": shop.id}).code == "unauthorized"
        )


def test_new_posters_are_bounded_and_those_that_exist_are_not(
    shop: Any, http: Client, drain: Do, cloud: Cloud, frozen: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "NEW_AN_HOUR", 2)
    buyer = factories.buyer(http)
    first = ask(buyer, shop)
    ask(buyer, shop, template_id="paper")
    with cloud.unchanged():
        assert buyer.post("/posters", json={"product_id": shop.id, "template_id": "luxe"}).code == "too_many_posters"
        assert ask(buyer, shop)["id"] == first["id"]
    frozen.move(hours=1)
    ask(buyer, shop, template_id="luxe")


@pytest.mark.dynoxide
def test_two_at_once_make_one(shop: Any, http: Client, drain: Do, partners: Partners, cloud: Cloud) -> None:
    buyer = factories.buyer(http)
    with ThreadPoolExecutor(8) as pool:
        views = list(pool.map(lambda _: buyer.post("/posters", json={"product_id": shop.id}), range(8)))
    answers = [view for view in views if view.status == 200]
    assert all(view.code == "too_busy" for view in views if view.status != 200)
    assert len({view.json["id"] for view in answers}) == 1
    assert len(cloud.messages("posters")) <= 1
    drain(twice=True)
    assert len(made(partners)) == 1
    assert len(pictures(cloud)) == len(cloud.items("posters")) == 1


def test_the_code_is_asked_for_once_for_all_looks(shop: Any, http: Client, drain: Do, partners: Partners) -> None:
    buyer = factories.buyer(http)
    for template in ("clean", "paper", "luxe"):
        ask(buyer, shop, template_id=template)
    drain()
    assert len(made(partners)) == 1


# ---- what goes wrong


def status(http: Client, view: dict[str, Any]) -> tuple[str, str | None]:
    now = factories.buyer(http).get(f"/posters/{view['id']}").ok()
    return now["status"], now["failure"]


def test_wechat_is_busy_and_the_queue_comes_back(
    shop: Any, http: Client, drain: Do, sweep: Do, partners: Partners, cloud: Cloud
) -> None:
    sweep()
    partners.faults.api("getwxacodeunlimit", "busy", times=3)
    asked = ask(factories.buyer(http), shop)
    drain()
    assert status(http, asked) == ("pending", None)
    sweep(minutes=2)
    assert status(http, asked) == ("ready", None)
    assert cloud.dead_letters() == []


def test_the_quota_is_used_up_and_nothing_is_lost(
    shop: Any, http: Client, drain: Do, sweep: Do, partners: Partners, frozen: MovableClock, cloud: Cloud
) -> None:
    sweep()
    partners.wechat.state.codes.calls = [frozen.at + timedelta(seconds=30)] * CALLS_A_MINUTE
    asked = ask(factories.buyer(http), shop)
    drain()
    assert status(http, asked) == ("pending", None)
    sweep(minutes=3)
    assert status(http, asked) == ("ready", None)


def test_wechat_stays_away_and_the_buyer_is_told_then_may_ask_again(
    shop: Any, http: Client, drain: Do, sweep: Do, partners: Partners, cloud: Cloud
) -> None:
    sweep()
    partners.faults.api("getwxacodeunlimit", "500", times=100)
    buyer = factories.buyer(http)
    asked = ask(buyer, shop)
    drain()
    for _ in range(4):
        sweep(minutes=7)
    assert status(http, asked) == ("failed", "code_unavailable")
    assert cloud.dead_letters() == []
    partners.faults.clear()
    again = ask(buyer, shop)
    assert (again["id"], again["status"], again["failure"]) == (asked["id"], "pending", None)
    drain()
    factories.picture_of(buyer.get(f"/posters/{asked['id']}").ok())


def test_a_page_that_is_not_released_is_told_at_once(shop: Any, http: Client, drain: Do, partners: Partners) -> None:
    partners.wechat.state.links.pages = ["pages/index/index"]
    asked = ask(factories.buyer(http), shop)
    drain()
    assert status(http, asked) == ("failed", "code_refused")


def test_with_an_ordinary_link_a_qr_code_helps_out_for_a_while(
    shop: Any, http: Client, drain: Do, partners: Partners, frozen: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIYU_ORDINARY_LINK_PREFIX", "https://mall.test/l")
    settings.cache_clear()
    partners.faults.api("getwxacodeunlimit", "500", times=3)
    buyer = factories.buyer(http)
    asked = ask(buyer, shop)
    drain()
    makeshift = buyer.get(f"/posters/{asked['id']}").ok()
    first = factories.picture_of(makeshift)
    frozen.move(minutes=9)
    assert ask(buyer, shop)["url"] == makeshift["url"]
    frozen.move(minutes=2)
    assert ask(buyer, shop)["status"] == "pending"
    drain()
    better = buyer.get(f"/posters/{asked['id']}").ok()
    assert better["url"] != makeshift["url"], "phones keep what they have loaded"
    assert factories.picture_of(better).tobytes() != first.tobytes()
    frozen.move(minutes=60)
    assert ask(buyer, shop)["url"] == better["url"]


@pytest.mark.parametrize(
    "picture",
    [
        "https://evil.example/a.jpg",
        "http://127.0.0.1/a.jpg",
        "https://169.254.169.254/latest/meta-data",
        "missing",
        "text",
    ],
)
def test_a_picture_that_must_not_or_can_not_be_used(
    shop: Any, http: Client, drain: Do, picture: str, cloud: Cloud
) -> None:
    if picture == "missing":
        picture = storage.media_url("uploads/image/202611/gone.jpg")
    elif picture == "text":
        picture = factories.stored(b"this is no picture", "uploads/image/202611/text.jpg")
    product = factories.product("odd", pictures=[picture])
    asked = ask(factories.buyer(http), product)
    drain()
    assert status(http, asked) == ("failed", "picture_refused")
    assert pictures(cloud) == []


def test_a_host_that_does_not_answer_is_asked_again_and_given_up(
    shop: Any, http: Client, drain: Do, sweep: Do, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIYU_PICTURE_HOSTS", "cdn.example.com")
    settings.cache_clear()
    sweep()
    product = factories.product("far", pictures=["https://cdn.example.com/a.jpg"])
    asked = ask(factories.buyer(http), product)
    drain()
    assert status(http, asked) == ("pending", None)
    for _ in range(4):
        sweep(minutes=7)
    assert status(http, asked) == ("failed", "picture_unreachable")


def test_a_bad_avatar_does_not_spoil_the_poster(shop: Any, http: Client, drain: Do) -> None:
    factories.member("mbr_3", nickname="𠮷🎉", avatar="https://evil.example/face.jpg")
    buyer = factories.buyer(http, "mbr_3")
    asked = ask(buyer, shop)
    drain()
    factories.picture_of(buyer.get(f"/posters/{asked['id']}").ok())


def test_a_product_without_a_picture_and_with_a_strange_name(shop: Any, http: Client, drain: Do) -> None:
    buyer = factories.buyer(http)
    for code, name in (("a", "🎉🎉🎉"), ("b", "W" * 60), ("c", "𠮷龘 emoji👨‍👩‍👧 ｆｕｌｌ")):
        asked = ask(buyer, factories.product(code, name=name, pictures=[], **catalog.plain(1)))
        drain()
        factories.picture_of(buyer.get(f"/posters/{asked['id']}").ok())


def test_what_is_old_is_not_shown_and_drawn_anew(shop: Any, http: Client, drain: Do, frozen: MovableClock) -> None:
    asked = ask(factories.buyer(http), shop)
    drain()
    frozen.move(days=60)
    buyer = factories.buyer(http)
    assert buyer.get(f"/posters/{asked['id']}").code == "poster_not_found"
    assert ask(buyer, shop)["status"] == "pending"
    drain()
    factories.picture_of(buyer.get(f"/posters/{asked['id']}").ok())


def test_a_message_that_was_lost_does_not_block_for_ever(
    shop: Any, http: Client, drain: Do, frozen: MovableClock, cloud: Cloud
) -> None:
    asked = ask(factories.buyer(http), shop)
    queue = storage.aws.client("sqs")
    queue.purge_queue(QueueUrl=queue.get_queue_url(QueueName="siyu-posters")["QueueUrl"])
    frozen.move(minutes=46)
    assert ask(factories.buyer(http), shop)["status"] == "pending"
    drain()
    (row,) = Poster.query("mbr_1")
    assert (row.id, row.round, row.status.value) == (asked["id"], 2, "ready")


def test_a_closed_account_leaves_no_poster(shop: Any, http: Client, drain: Do, cloud: Cloud) -> None:
    buyer = factories.buyer(http)
    ask(buyer, shop)
    shared = ask(buyer, shop, personal=False)
    drain()
    ask(buyer, shop, template_id="paper")  # on its way while the account is closed
    assert [each["title"] for each in service.export("mbr_1")] == ["轻奢纯棉刺绣水洗四件套"] * 2
    privacy.close("mbr_1")
    drain(redeliver=True)
    assert [row["owner"]["S"] for row in cloud.items("posters")] == ["*"]
    assert pictures(cloud) == [f"posters/{shared['id']}.jpg"]


def test_whatever_step_the_worker_dies_at(
    cloud: Cloud,
    frozen: MovableClock,
    http: Client,
    drain: Do,
    sweep: Do,
    partners: Partners,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SIYU_PARTNER_TIMEOUT_SECONDS", "0.5")  # how long the lease of a dead process is waited for
    settings.cache_clear()
    asked: dict[str, Any] = {}

    def prepare() -> None:
        cloud.memory.clear()
        partners.reset()
        client.access_token.forget()
        product = factories.row(factories.stored(factories.photo(size=200)))
        factories.member()
        asked.update(ask(factories.buyer(http), product, template_id="square"))
        (asked["message"],) = cloud.memory.bodies("siyu-posters")

    def act() -> None:
        attributes = {"ApproximateReceiveCount": "1"}
        inbox.handle({"Records": [{"messageId": "m", "body": asked["message"], "attributes": attributes}]})

    def check() -> None:
        drain(redeliver=True)
        if status(http, asked)[0] == "pending":  # it held the lease of the access token
            sweep(redeliver=True)
        factories.picture_of(factories.buyer(http).get(f"/posters/{asked['id']}").ok())
        assert len(cloud.items("posters")) == len(pictures(cloud)) == 1
        assert len(set(made(partners))) == 1
        assert cloud.dead_letters() == []

    steps = every_death(prepare, act, check)
    assert any("getwxacodeunlimit" in step for step in steps)
    assert sum("PutObject" in step for step in steps) == 2


def test_whatever_step_the_asking_dies_at(
    cloud: Cloud, frozen: MovableClock, http: Client, drain: Do, sweep: Do, partners: Partners
) -> None:
    product: list[Any] = []

    def prepare() -> None:
        cloud.memory.clear()
        product[:] = [factories.row()]
        factories.member()

    def check() -> None:
        sweep(redeliver=True)
        view = ask(factories.buyer(http), product[0], template_id="square")
        drain()
        factories.picture_of(factories.buyer(http).get(f"/posters/{view['id']}").ok())
        assert len(cloud.items("posters")) == len(cloud.items("links")) == len(pictures(cloud)) == 1

    every_death(prepare, lambda: ask(factories.buyer(http), product[0], template_id="square"), check)


def work(view: dict[str, Any], **more: Any) -> None:
    with Transaction() as tx:
        worker.work(tx, PosterWanted(owner="mbr_1", poster_id=view["id"], **more))


def test_a_wish_that_is_fulfilled_or_void_is_left_alone(
    shop: Any, http: Client, drain: Do, cloud: Cloud, partners: Partners
) -> None:
    asked = ask(factories.buyer(http), shop)
    with cloud.unchanged():
        work(asked, round=2)
    drain()
    with cloud.unchanged():
        work(asked)
        work(asked, attempt=2)
    assert len(made(partners)) == 1


def test_what_a_try_left_behind_a_closed_account_goes(cloud: Cloud, frozen: MovableClock) -> None:
    storage.put(Bucket.MEDIA, "posters/pst_1.jpg", b"face", "image/jpeg")
    work({"id": "pst_1"})
    assert pictures(cloud) == []


def test_unlisting_hides_nothing_that_was_made(shop: Any, http: Client, drain: Do) -> None:
    buyer = factories.buyer(http)
    asked = ask(buyer, shop)
    drain()
    editing.set_status(shop.id, ProductStatus.UNLISTED)
    factories.picture_of(buyer.get(f"/posters/{asked['id']}").ok())
    assert buyer.post("/posters", json={"product_id": shop.id}).code == "product_not_found"
    assert storage.head(Bucket.MEDIA, f"posters/{asked['id']}.jpg") is not None
