"""Templates as staff make them; what they mean for the next preview and order; what products may name."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib.mall.catalog.products.models import Product
from chalicelib.trade.freight.models import MALL, FreightRule
from chalicelib.trade.freight.templates import service
from chalicelib.trade.freight.templates.models import FreightTemplate
from chalicelib.trade.freight.templates.schemas import TemplateFields
from tests.harness import Client, Cloud, MovableClock, Reply
from tests.mall.catalog import factories as catalog
from tests.trade import factories as shop
from tests.trade.freight.factories import HANGZHOU, TIANSHAN, XIHU, XINJIANG, XUHUI, ZHEJIANG, rates, template

PATH = "/admin/freight/templates"


@pytest.fixture
def desk(http: Client, frozen: MovableClock) -> Client:
    return http.as_(shop.staff_token("settings.read", "settings.write"))


def make(desk: Client, **fields: Any) -> dict[str, Any]:
    made: dict[str, Any] = desk.post(PATH, json=template(**fields)).ok()
    return made


def edit(desk: Client, made: dict[str, Any], **fields: Any) -> Reply:
    return desk.put(f"{PATH}/{made['id']}", json={"version": made["version"], **template(**fields)})


def travels(product: Product, made: dict[str, Any] | None) -> Product:
    product.freight_template_id = made["id"] if made else None
    product.save()
    return product


class TestStaff:
    def test_a_template_is_kept_as_it_was_written(self, desk: Client) -> None:
        rules = [{**rates((2, 800)), "regions": [ZHEJIANG, "320000"]}, {**rates(free_over_pieces=9), "regions": [XIHU]}]
        made = make(desk, charging="weight", rules=rules, no_delivery=[XINJIANG, "540000"])
        seen = desk.get(f"{PATH}/{made['id']}").ok()
        assert seen == made
        assert (seen["no_delivery"], seen["version"]) == ([XINJIANG, "540000"], 1)
        assert [rule["regions"] for rule in seen["rules"]] == [[ZHEJIANG, "320000"], [XIHU]]
        (row,) = desk.get(PATH).ok()["items"]
        assert (row["id"], row["name"], row["is_default"]) == (made["id"], "快递", False)

    def test_an_edit_names_its_version(self, desk: Client, cloud: Cloud) -> None:
        made = make(desk)
        assert edit(desk, made, name="新").ok()["version"] == 2
        with cloud.unchanged():
            stale = edit(desk, made, name="旧")
            assert (stale.code, stale.json["details"]) == ("stale_freight_template", {"version": 2})
            assert desk.delete(f"{PATH}/{made['id']}", query={"version": 1}).code == "stale_freight_template"
            assert desk.get(f"{PATH}/frt_no").code == "freight_template_not_found"
            assert edit(desk, {"id": "frt_no", "version": 1}).code == "freight_template_not_found"
        assert desk.delete(f"{PATH}/{made['id']}", query={"version": 2}).status == 204
        assert desk.get(PATH).ok()["items"] == []

    def test_names_are_unique_and_the_list_has_an_end(
        self, desk: Client, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(service, "MAX_TEMPLATES", 2)
        make(desk, name="一")
        two = make(desk, name="二")
        with cloud.unchanged():
            assert edit(desk, two, name="一").code == "freight_template_name_taken"
            assert desk.post(PATH, json=template("三")).code == "freight_templates_full"
        assert edit(desk, two, name="二", charging="volume").status == 200

    @pytest.mark.parametrize(
        "wrong",
        [
            {"default_rule": None},
            {"rules": [{**rates(), "regions": [ZHEJIANG, ZHEJIANG]}]},
            {"rules": [{**rates(), "regions": [ZHEJIANG]}], "no_delivery": [ZHEJIANG]},
            {"rules": [{**rates(), "regions": [ZHEJIANG]}, {**rates(), "regions": [ZHEJIANG]}]},
            {"rules": [{**rates(), "regions": []}]},
            {"rules": [{**rates(), "regions": ["999999"]}]},
            {"no_delivery": ["33"]},
            {"no_delivery": [f"{number}" for number in range(100_000, 103_501)]},
            {"default_rule": rates((0, 1000))},
            {"default_rule": rates((1, -1))},
            {"default_rule": rates((1, 1), (0, 1))},
            {"default_rule": rates((1, 10**7))},
            {"default_rule": rates((1, 1), (1, 10**7))},
            {"default_rule": rates((10**10, 1))},
            {"default_rule": rates(free_over_pieces=0)},
            {"default_rule": rates(free_over_amount=-1)},
            {"default_rule": rates(free_over_amount=1, free_needs_both=True)},
            {"default_rule": rates(first_amount=9.5)},
            {"charging": "distance"},
            {"name": ""},
        ],
        ids=lambda wrong: json.dumps(wrong)[:60],
    )
    def test_what_makes_no_sense_is_refused(self, desk: Client, cloud: Cloud, wrong: dict[str, Any]) -> None:
        with cloud.unchanged():
            reply = desk.post(PATH, json={**template(), **wrong})
            assert (reply.status, reply.code) == (422, "invalid")

    def test_permissions(self, http: Client, desk: Client, cloud: Cloud) -> None:
        made = make(desk)
        reader = http.as_(shop.staff_token("settings.read"))
        assert reader.get(f"{PATH}/{made['id']}").ok() == made
        with cloud.unchanged():
            assert reader.post(PATH, json=template("二")).status == 403
            assert edit(reader, made).status == 403
            assert reader.delete(f"{PATH}/{made['id']}", query={"version": 1}).status == 403
            assert http.get(PATH).status == 401

    @pytest.mark.dynoxide
    def test_many_at_once_keep_names_unique(self, cloud: Cloud, frozen: MovableClock) -> None:
        def add(number: int) -> str:
            try:
                return service.create(TemplateFields.model_validate(template(f"模板{number % 2}"))).id
            except service.DomainError as error:
                return error.code

        with ThreadPoolExecutor(6) as pool:
            told = list(pool.map(add, range(6)))
        made = [each for each in told if each.startswith("frt_")]
        names = [each.name for each in FreightTemplate.query("template", consistent_read=True)]
        assert 1 <= len(made) == len(names) == len(set(names))
        rule = FreightRule.find(MALL, consistent=True)
        assert rule is not None
        assert rule.edition == len(made)


class TestTheDefault:
    def test_the_flat_rule_is_kept_beside_the_templates(self, desk: Client) -> None:
        made = make(desk)
        assert desk.get("/admin/freight").ok()["flat_amount"] == 1000  # the owner's settings, still
        asked = {"flat_amount": 700, "free_over_amount": None}
        desk.put("/admin/freight", json=asked).ok()
        edit(desk, made, name="另").ok()
        seen = desk.get("/admin/freight").ok()
        assert (seen["flat_amount"], seen["free_over_amount"], seen["default_template_id"]) == (700, None, None)

    def test_a_template_becomes_the_default_and_can_not_go(self, desk: Client, cloud: Cloud) -> None:
        made = make(desk)
        flat = {"flat_amount": 700, "free_over_amount": 100}
        desk.put("/admin/freight", json={**flat, "default_template_id": made["id"]}).ok()
        assert desk.get(PATH).ok()["items"][0]["is_default"]
        with cloud.unchanged():
            assert desk.delete(f"{PATH}/{made['id']}", query={"version": 1}).code == "freight_template_in_use"
            unknown = {**flat, "default_template_id": "frt_no"}
            assert desk.put("/admin/freight", json=unknown).code == "freight_template_not_found"
        desk.put("/admin/freight", json=flat).ok()
        assert desk.delete(f"{PATH}/{made['id']}", query={"version": 1}).status == 204

    def test_it_can_not_go_while_it_becomes_the_default(self, desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        made = make(desk)
        older = service._load()
        flat = {"flat_amount": 700, "free_over_amount": None, "default_template_id": made["id"]}
        desk.put("/admin/freight", json=flat).ok()
        monkeypatch.setattr(service, "_load", lambda: older)
        assert desk.delete(f"{PATH}/{made['id']}", query={"version": 1}).code == "freight_templates_edited"


class TestProducts:
    def test_a_product_names_a_template_that_is_there(self, http: Client, desk: Client, cloud: Cloud) -> None:
        made = make(desk)
        staff = http.as_(catalog.staff_token("catalog.read", "catalog.write"))
        fields = catalog.fields(freight_template_id=made["id"])
        product = staff.post("/admin/products", json=fields).ok()
        assert product["freight_template_id"] == made["id"]
        with cloud.unchanged():
            reply = staff.post("/admin/products", json={**fields, "freight_template_id": "frt_no"})
            assert reply.json["details"]["errors"] == [
                {"field": "freight_template_id", "issue": "no such freight template"}
            ]
            assert desk.delete(f"{PATH}/{made['id']}", query={"version": 1}).code == "freight_template_in_use"
        given = {**fields, "freight_template_id": None, "version": product["version"]}
        assert staff.put(f"/admin/products/{product['id']}", json=given).ok()["freight_template_id"] is None
        assert desk.delete(f"{PATH}/{made['id']}", query={"version": 1}).status == 204

    @pytest.mark.parametrize("file_format", ["jsonl", "csv"])
    def test_by_file_in_and_out(self, http: Client, desk: Client, bring: Any, taken_out: Any, file_format: str) -> None:
        made = make(desk)
        product = catalog.product("S1", freight_template_id=made["id"])
        (content,) = taken_out("products", file_format)
        assert made["id"] in content.decode("utf-8-sig")
        assert bring(content, format=file_format)["unchanged"] == 1
        gone = content.decode("utf-8-sig").replace(made["id"], "frt_no").encode()
        job = bring(gone, format=file_format)
        assert (job["status"], job["bad"]) == ("refused", 1)
        stored = Product.find(product.id, consistent=True)
        assert stored is not None
        assert stored.freight_template_id == made["id"]


class TestBuyers:
    """The shopper lives in Xuhui, Shanghai."""

    @pytest.fixture
    def shopper(self, desk: Client) -> shop.Shopper:
        return shop.shopper()

    @pytest.fixture
    def buyer(self, http: Client, shopper: shop.Shopper) -> Client:
        return http.as_(shopper.token)

    def asked(self, shopper: shop.Shopper, *goods: Product, quantity: int = 1) -> dict[str, Any]:
        return {"lines": [shop.line(each, quantity) for each in goods], "address_id": shopper.address_id}

    def test_the_parts_of_an_order_are_charged_and_kept_one_by_one(
        self, desk: Client, buyer: Client, shopper: shop.Shopper
    ) -> None:
        heavy = make(desk, rules=[{**rates((1, 3000), (1, 2000)), "regions": ["310000"]}])
        goods = shop.product("towel", price=3000), travels(shop.product("wardrobe", price=50_000), heavy)
        asked = self.asked(shopper, *goods, quantity=2)
        quote = buyer.post("/checkout/preview", json=asked).ok()
        told = [(each["kind"], each["title"], each["amount"]) for each in quote["adjustments"]]
        assert told == [("freight", "运费", 1000), ("freight", "运费（2件）", 5000)]
        due = quote["payable_amount"]
        order = buyer.post("/orders", json={**asked, "expected_payable_amount": due}, key="tap-0001").ok()
        assert (order["freight_amount"], order["payable_amount"]) == (6000, 106_000 + 6000)
        (stored,) = shop.orders_of(shopper.id)
        assert [each.freight_amount for each in stored.lines] == [1000, 5000]
        assert [(each.source_id, each.shares) for each in stored.adjustments] == [
            ("", [1000, 0]),
            (heavy["id"], [0, 5000]),
        ]

    def test_where_it_does_not_go_preview_and_order_say_so(
        self, desk: Client, buyer: Client, shopper: shop.Shopper, cloud: Cloud
    ) -> None:
        local = make(desk, rules=[{**rates(), "regions": [ZHEJIANG]}], default_rule=None)
        towel, cake = shop.product("towel"), travels(shop.product("cake"), local)
        asked = self.asked(shopper, towel, cake)
        with cloud.unchanged():
            for reply in (
                buyer.post("/checkout/preview", json=asked),
                buyer.post("/orders", json={**asked, "expected_payable_amount": 1}, key="tap-0001"),
            ):
                assert (reply.status, reply.code) == (409, "not_deliverable")
                lost = [{"product_id": cake.id, "sku_id": cake.skus[0].id}]
                assert reply.json["details"] == {"region_code": XUHUI, "lines": lost}
            without = buyer.post("/checkout/preview", json={"lines": asked["lines"]}).ok()
        assert without["freight_amount"] == 1000

    def test_a_change_holds_for_the_very_next_preview_and_order(
        self, desk: Client, buyer: Client, shopper: shop.Shopper, cloud: Cloud
    ) -> None:
        made = make(desk)
        asked = self.asked(shopper, travels(shop.product(price=3000), made))
        assert buyer.post("/checkout/preview", json=asked).ok()["freight_amount"] == 1000
        kept = service._kept
        edit(desk, made, default_rule=rates((1, 1800))).ok()
        service._kept = kept  # another container: it has not heard of the change
        with cloud.unchanged():
            late = buyer.post("/orders", json={**asked, "expected_payable_amount": 4000}, key="tap-0001")
            assert (late.code, late.json["details"]) == ("price_changed", {"payable_amount": 4800})
        buyer.post("/orders", json={**asked, "expected_payable_amount": 4800}, key="tap-0001").ok()

    def test_an_order_keeps_its_freight(self, desk: Client, buyer: Client, shopper: shop.Shopper) -> None:
        made = make(desk)
        asked = self.asked(shopper, travels(shop.product(price=3000), made))
        order = buyer.post("/orders", json={**asked, "expected_payable_amount": 4000}, key="tap-0001").ok()
        edit(desk, made, no_delivery=["310000"]).ok()
        again = buyer.post("/orders", json={**asked, "expected_payable_amount": 4000}, key="tap-0001").ok()
        assert again["id"] == order["id"]
        assert again["freight_amount"] == 1000

    def test_no_preview_reads_the_templates_twice(
        self, desk: Client, buyer: Client, shopper: shop.Shopper, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked = self.asked(shopper, travels(shop.product(), make(desk)))
        buyer.post("/checkout/preview", json=asked).ok()
        monkeypatch.setattr(service, "_load", lambda: pytest.fail("read again"))
        buyer.post("/checkout/preview", json=asked).ok()


class TestTryOut:
    def test_what_a_basket_would_cost(self, desk: Client, cloud: Cloud) -> None:
        made = make(desk, rules=[{**rates((1, 300)), "regions": [HANGZHOU]}], no_delivery=[XINJIANG])
        towel = travels(shop.product("towel"), made)

        def tried(region: str | None) -> Any:
            body = {"lines": [shop.line(towel, 2)], "region_code": region}
            return desk.post("/admin/freight/try-out", json=body).ok()

        with cloud.unchanged():
            assert [tried(region)["freight_amount"] for region in (XIHU, XUHUI, None)] == [800, 1500, 0]
            assert tried(XIHU)["adjustments"][0]["source_id"] == made["id"]
            assert tried(TIANSHAN)["undeliverable"] == [towel.skus[0].id]
            assert tried(XIHU)["undeliverable"] == []

    def test_refusals(self, http: Client, desk: Client, cloud: Cloud) -> None:
        towel = shop.product()
        nobody = http.as_(shop.staff_token("orders.read"))
        with cloud.unchanged():
            for lines in (
                [{"product_id": "prd_no", "sku_id": "sku_no", "quantity": 1}],
                [shop.line(towel), {**shop.line(towel), "sku_id": "sku_no"}],
                [],
                [shop.line(towel, 1000)],
            ):
                assert desk.post("/admin/freight/try-out", json={"lines": lines}).code == "invalid"
            assert nobody.post("/admin/freight/try-out", json={"lines": [shop.line(towel)]}).status == 403
