"""A mall with something of everything in it, made once and put back before each operation is fuzzed."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.core import jobs
from chalicelib.trade.payments.refunds.models import Refund
from infra.local.memory import Memory
from infra.local.partners import Partners
from tests.harness import Client
from tests.journeys.people import Customer
from tests.mall.catalog import factories as catalog
from tests.mall.identity.factories import PASSWORD, owner

OPENID = "o-fuzz"
LINES = 2


@dataclass(frozen=True)
class Shop:
    """*known*: the name of a parameter or field → values that exist. *saved*: how it is put back."""

    tokens: Mapping[str, str]
    known: Mapping[str, list[Any]]
    tables: Mapping[str, bytes]
    objects: Mapping[str, dict[str, Any]]
    partners: str

    def restore(self, memory: Memory, partners: Partners) -> None:
        """As it was when it opened."""
        memory.clear()
        for name, table in memory.dynamodb.tables.items():
            table.items = pickle.loads(self.tables[name])
        for name, bucket in memory._s3.buckets.items():
            bucket.keys.update(self.objects[name])
        partners.load(self.partners)


def open_shop(http: Client, memory: Memory, partners: Partners, drain: Any) -> Shop:
    """Products, a buyer with an order in each state, a refund, staff, an import's worth of history."""
    staff = http.as_(owner())
    products = [catalog.product(f"fuzz-{number}", brand_id=catalog.brand().id) for number in range(LINES)]
    draft = catalog.product("fuzz-draft", listed=False)
    jobs.run("rebuild_search_index")
    buyer = Customer.settle_in(http, partners, OPENID)
    buyer.bind_phone()
    line = {"product_id": products[0].id, "sku_id": products[0].skus[0].id, "quantity": 1}
    orders = [buyer.order([line], key=f"tap-000{number}") for number in range(4)]
    payments = _live(buyer, orders, partners, drain)
    buyer.http.post("/cart/items", json=line).ok()
    buyer.http.get("/products", query={"keyword": "四件套"}).ok()
    role = staff.post("/admin/roles", json={"name": "clerk", "permissions": ["orders.read"]}).ok()
    clerk = {"username": "clerk", "name": "Clerk", "password": PASSWORD, "role_id": role["id"]}
    known = {
        **_goods([*products, draft]),
        **_ways(staff, buyer),
        "member_id": [buyer.member_id],
        "address_id": [buyer.address_id],
        "order_id": [each["id"] for each in orders],
        "number": [each["number"] for each in orders],
        "payment_id": payments,
        "refund_id": [each.id for each in Refund.by_order.query(orders[3]["id"])],
        "role_id": [role["id"]],
        "staff_id": [staff.post("/admin/staff", json=clerk).ok()["id"]],
        "expected_payable_amount": [orders[0]["payable_amount"], products[0].price_amount],
        "district_code": ["330106"],
        "region_code": ["330106"],
        "phone": ["13800138000"],
        "version": [0, 1, 2],
        "status": [*{buyer.see(each)["status"] for each in orders}],
    }
    drain()
    tables = {name: pickle.dumps(table.items) for name, table in memory.dynamodb.tables.items()}
    objects = {name: dict(bucket.keys) for name, bucket in memory._s3.buckets.items()}
    return Shop({"buyer": _token(buyer.http), "staff": _token(staff)}, known, tables, objects, partners.dump())


def _live(buyer: Customer, orders: list[dict[str, Any]], partners: Partners, drain: Any) -> list[str]:
    """One order is paid, one canceled, one canceled and paid too late: that one has a refund."""
    _, paid, canceled, late = orders
    payments = [buyer.pay(paid)]
    sheet = buyer.open_sheet(late)
    for each in (canceled, late):
        buyer.http.post(f"/orders/{each['id']}/cancel", json={}).ok()
    partners.wechat_pay.pay(parameters=sheet["parameters"], even_closed=True)
    partners.wechat_pay.notices.deliver_due()
    drain()
    return [*payments, sheet["payment_id"]]


def _ways(staff: Client, buyer: Customer) -> dict[str, list[Any]]:
    """A store, a warehouse, a freight template that products may name, and a shared page."""
    rates = {"first_units": 1, "first_amount": 1000, "further_units": 1, "further_amount": 500}
    template = {"name": "快递", "charging": "piece", "default_rule": rates, "no_delivery": ["650000"]}
    places = [{"kind": "store", "name": "西湖店"}, {"kind": "warehouse", "name": "杭州仓", "ships_parcels": True}]
    where = {"district_code": "330106", "detail": "文三路 1 号", "latitude": 30_270_000, "longitude": 120_130_000}
    return {
        "store_id": [staff.post("/admin/stores", json={**place, **where}).ok()["id"] for place in places],
        "template_id": [staff.post("/admin/freight/templates", json=template).ok()["id"]],
        "code": [buyer.http.post("/links", json={"page": "pages/index", "channel": "群聊"}).ok()["code"]],
        "channel": ["群聊"],
    }


def _goods(products: list[Any]) -> dict[str, list[Any]]:
    return {
        "product_id": [each.id for each in products],
        "owner": [each.id for each in products],
        "sku_id": [sku.id for each in products for sku in each.skus],
        "sku_ids": [[each.skus[0].id] for each in products],
        "category_id": [products[0].category_id, catalog.category("空柜台").id],
        "parent_id": [products[0].category_id],
        "brand_id": [products[0].brand_id, catalog.brand("没有货的牌子").id],
        "brand_ids": [[products[0].brand_id]],
        "keyword": ["四件套"],
        "prefix": ["四"],
        "name": ["新的名字"],
        "day": ["2026-11-24"],
        "from_day": ["2026-11-24", "2026-11-01"],
        "to_day": ["2026-11-24"],
    }


def _token(client: Client) -> str:
    return dict(client.headers)["Authorization"].removeprefix("Bearer ")
