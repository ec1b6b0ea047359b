"""The mall's runner as a process of its own, so that its CPU can be told from the client's and the database's.

``python -m tests.bench.server '{"ready": file, "database": url or null, ...}'``: opens a shop, serves, and writes
the shop to *ready*. Environment: the settings (see :mod:`tests.bench.process`).
"""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

from infra.local import memory

REGION = "cn-northwest-1"
FREIGHT = 1_000
"""The flat rule's, below its threshold."""
WORDS = ("毛巾", "四件套", "蚕丝被", "铸铁锅", "马克杯", "帆布包", "乌龙茶", "台灯")


def main() -> None:
    """Serve until killed."""
    wanted = json.loads(sys.argv[1])
    memory.prepare(REGION)
    with memory.running(), Path(os.devnull).open("w") as nowhere:
        runner = _runner(nowhere)
        shop = _open(wanted)
        runner.start(background=wanted["background"])
        Path(wanted["ready"]).write_text(json.dumps({"url": runner.url, **shop}), encoding="utf-8")
        threading.Event().wait()


def _runner(log: Any) -> Any:
    from app import app
    from chalicelib.core import aws, clock
    from chalicelib.core.logs import JsonFormatter
    from chalicelib.core.settings import settings
    from infra.local.cloud import Template, make
    from infra.local.runner import Runner

    handler = logging.StreamHandler(log)
    handler.setFormatter(JsonFormatter())
    logging.getLogger().handlers[:] = [handler]
    make(Template.read(REGION), aws.client)
    return Runner(
        app,
        sqs=aws.client("sqs"),
        now=clock.now,
        queue_url_base=settings().queue_url_base,
        prefix=settings().table_prefix,
        region=REGION,
        port=0,
    )


def _open(wanted: dict[str, Any]) -> dict[str, Any]:
    """Products on sale, in the index; buyers with an address each."""
    from chalicelib.core import jobs
    from chalicelib.mall.identity.service import Buyer
    from tests.mall.catalog import factories as catalog

    categories = [catalog.category(f"居家/{word}").id for word in WORDS]
    brands = [catalog.brand(f"牌子{number}").id for number in range(5)]
    products = [
        catalog.product(
            f"bench-{number}",
            name=f"长绒棉{WORDS[number % len(WORDS)]} {number}",
            category_id=categories[number % len(WORDS)],
            brand_id=brands[number % len(brands)],
            **_skus(wanted["stock"], wanted["skus"], number),
        )
        for number in range(wanted["products"])
    ]
    jobs.run("rebuild_search_index")
    goods = [
        {"product_id": each.id, "sku_id": each.skus[0].id, "price": each.skus[0].price_amount} for each in products
    ]
    buyers = [
        {"token": Buyer.token(member, openid), "address_id": address}
        for member, openid, address in _crowd(wanted["buyers"])
    ]
    sale = _sale(goods[0], wanted["sale"]) if wanted["sale"] else {}
    return {"goods": goods, "buyers": buyers, "coupon": _coupon(wanted.get("coupons", 0)), "sale": sale}


def _coupon(pieces: int) -> str:
    """A template with so many pieces in the coupon center; none for 0."""
    from tests.loyalty.coupons.factories import template

    return str(template(total=pieces).id) if pieces else ""


def _sale(good: dict[str, Any], pieces: int) -> dict[str, Any]:
    """A flash sale of *pieces*, two hours from this minute on."""
    from zoneinfo import ZoneInfo

    from chalicelib.core import clock
    from chalicelib.core.settings import settings
    from chalicelib.growth.campaigns.base.desk import service
    from chalicelib.growth.campaigns.base.desk.schemas import CampaignFields
    from chalicelib.growth.campaigns.base.lifecycle import service as lifecycle
    from chalicelib.growth.campaigns.base.service import campaign_of

    starts_at = clock.now().astimezone(ZoneInfo(settings().time_zone)).replace(second=0, microsecond=0)
    session, price = f"{starts_at:%Y%m%d%H%M}", good["price"] - 1
    item = {
        "product_id": good["product_id"],
        "sku_id": good["sku_id"],
        "unit_amount": price,
        "stock": pieces,
        "per_member_max": 1,
        "terms": {"sessions": [{"session": session, "pieces": pieces}]},
    }
    sessions = [{"day": f"{starts_at:%Y-%m-%d}", "time": f"{starts_at:%H:%M}", "minutes": 120}]
    fields = {
        "play": "flash_sale",
        "title": "秒杀",
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=2),
        "settings": {"sessions": sessions},
        "items": [item],
    }
    made = service.create(CampaignFields.model_validate(fields))
    lifecycle.schedule(campaign_of(made.id, consistent=True))
    return {**good, "campaign_id": made.id, "session": session, "payable_amount": price + FREIGHT}


def _skus(stock: int, skus: int, number: int) -> dict[str, Any]:
    sizes = [f"{size}号" for size in range(1, skus + 1)]
    price = 9_900 + number
    return {
        "specs": [{"name": "尺寸", "values": sizes}],
        "skus": [{"values": [size], "price_amount": price, "stock": stock} for size in sizes],
    }


def _crowd(count: int) -> list[tuple[str, str, str]]:
    from chalicelib.core import clock, ids
    from chalicelib.mall.identity.addresses.models import Address
    from chalicelib.mall.identity.members.models import Member

    now, found = clock.now(), []
    with Member.batch_write() as members, Address.batch_write() as addresses:
        for number in range(count):
            member = Member(
                id=ids.new("mbr"),
                openid=f"o-{number}",
                registered_at=now - timedelta(days=1),
            )
            address = Address(
                member_id=member.id,
                id=ids.new("adr"),
                name="林小屿",
                phone="13800138000",
                detail="西溪路 8 号",
                created_at=now,
                updated_at=now,
                **_WHERE,
            )
            members.save(member)
            addresses.save(address)
            found.append((member.id, member.openid, address.id))
    return found


_WHERE = {
    "province_code": "330000",
    "city_code": "330100",
    "district_code": "330106",
    "province": "浙江省",
    "city": "杭州市",
    "district": "西湖区",
}

if __name__ == "__main__":
    main()
