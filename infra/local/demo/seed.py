"""Opening the demo shop as its staff would: through the admin API, with signed uploads and an import file.

Everything may be done again on a shop that is open already (a kept database): nothing is doubled.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from infra.local.demo import campaigns, friends, loyalty, questions
from infra.local.demo.browser import Browser, Unexpected, upload, wait
from infra.local.demo.drawings import draw
from infra.local.demo.goods import BRANDS, CATEGORIES, ITEMS, SHOP
from infra.local.demo.teller import Teller
from infra.local.laptop import Laptop

ENDED = {"finished", "refused", "failed"}
USERNAME, PASSWORD = "owner", "siyu-on-a-laptop"
Picture = tuple[str, str]
"""A product's code and one of its colors."""
Document = dict[str, Any]


@dataclass(frozen=True)
class Shop:
    """What a person needs to know of the open shop. *openid*: the story's buyer."""

    username: str = USERNAME
    password: str = PASSWORD
    openid: str = "o-lin-xiaoyu"


def draw_in_background() -> Future[dict[Picture, bytes]]:
    """Every color of every product, drawn while the cloud starts."""
    pool = ThreadPoolExecutor(1, thread_name_prefix="drawing")
    drawn = pool.submit(_draw_all)
    pool.shutdown(wait=False)
    return drawn


def open_shop(mall: Laptop, teller: Teller, pictures: Future[dict[Picture, bytes]]) -> Shop:
    """Owner, pictures, categories, brands, products with stock, on sale and searchable."""
    from chalicelib.mall.identity.staff.accounts.service import bootstrap_owner

    teller.title(f"The shop opens: {SHOP}")
    bootstrap_owner(USERNAME, PASSWORD)
    staff = Browser(mall.url)
    staff.token = staff.post("/admin/sessions", {"username": USERNAME, "password": PASSWORD})["token"]
    permissions = staff.get("/admin/me")["permissions"]
    teller.fact("owner", f"{USERNAME} logged in, may do {'everything' if permissions == ['*'] else permissions}")
    addresses = _upload_all(staff, pictures.result(), teller)
    _import_all(staff, addresses, teller)
    _list_all(staff, teller)
    _publish(mall, staff, teller)
    _tell_buyers(mall, staff, teller)
    loyalty.furnish(staff, teller)
    friends.furnish(staff, teller)
    campaigns.furnish(staff, teller)
    questions.furnish(staff, teller)
    staff.close()
    return Shop()


def _draw_all() -> dict[Picture, bytes]:
    return {
        (item.code, color): draw(item.drawing, paint, item.accent, item.scene)
        for item in ITEMS
        for color, paint in item.colors.items()
    }


def _upload_all(staff: Browser, pictures: Mapping[Picture, bytes], teller: Teller) -> dict[Picture, str]:
    """Each with a form that the mall signs; gives the addresses under which buyers see them."""
    with teller.timed() as took:
        addresses = {each: _upload(staff, content) for each, content in pictures.items()}
    size = sum(map(len, pictures.values())) / 1_000_000
    teller.fact("pictures", f"{len(addresses)} drawn, {size:.1f} MB uploaded with signed forms in {took[0]:.1f} s")
    teller.fact("", next(iter(addresses.values())))
    return addresses


def _upload(staff: Browser, content: bytes) -> str:
    form = staff.post("/admin/media", {"content_type": "image/jpeg"})
    upload(form["url"], form["fields"], content)
    url: str = staff.post("/admin/media/confirm", {"key": form["key"]})["url"]
    return url


def _import_all(staff: Browser, addresses: Mapping[Picture, str], teller: Teller) -> None:
    """Three files in the mall's own format, parents before children, then what refers to them."""
    products = [item.line({color: addresses[item.code, color] for color in item.colors}) for item in ITEMS]
    files: dict[str, list[Document]] = {
        "categories": [{"path": path, "summary": text, "sort": n} for n, (path, text) in enumerate(CATEGORIES.items())],
        "brands": [{"name": name, "summary": text, "sort": n} for n, (name, text) in enumerate(BRANDS.items())],
        "products": products,
    }
    for subject, lines in files.items():
        with teller.timed() as took:
            job = _import(staff, subject, lines)
        told = ", ".join(f"{job[what]} {what}" for what in ("created", "changed", "unchanged", "bad") if job[what])
        teller.fact("import", f"{subject}.jsonl, {job['rows']} lines: {told}, {took[0]:.1f} s")


def _import(staff: Browser, subject: str, lines: list[Document]) -> Document:
    """Upload a file of JSON Lines with a signed form, start its import, wait for the end."""
    asked = {"subject": subject, "format": "jsonl", "file_name": f"{subject}.jsonl"}
    made = staff.post("/admin/imports", asked)
    content = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    upload(made["upload"]["url"], made["upload"]["fields"], content.encode())
    path = f"/admin/imports/{made['job']['id']}"
    staff.post(f"{path}/start")
    wait(lambda: staff.get(path)["status"] in ENDED, f"the import of {subject}")
    job: Document = staff.get(path)
    if job["status"] != "finished":
        raise Unexpected(f"import of {subject}: {job}, {staff.get(path + '/errors')['items'][:3]}")
    return job


def _list_all(staff: Browser, teller: Teller) -> None:
    drafts = staff.get("/admin/products", status="draft", limit=100)["items"]
    for product in drafts:
        staff.post(f"/admin/products/{product['id']}/list")
    teller.fact("on sale", f"{len(drafts)} products listed")


def _publish(mall: Laptop, staff: Browser, teller: Teller) -> None:
    """Ask for the search index; the job that makes it runs each minute, and now."""
    staff.post("/admin/search-index/rebuild")
    with teller.timed() as took:
        Browser(mall.url).post("/_local/jobs/refresh_search_index")
    total = Browser(mall.url).get("/products")["total"]
    teller.fact("search", f"index of {total} products built and published in {took[0]:.1f} s")


def _tell_buyers(mall: Laptop, staff: Browser, teller: Teller) -> None:
    """Each kind of notice through the template of the same title in the shop's WeChat account."""
    templates = {each.title: each.id for each in mall.partners.wechat.messages.templates().values()}
    kinds = [each for each in staff.get("/admin/notifications/kinds")["items"] if each["title"] in templates]
    for each in kinds:
        staff.put(f"/admin/notifications/kinds/{each['kind']}", {"template_id": templates[each["title"]]})
    teller.fact("messages", f"{len(kinds)} kinds of notices mapped to WeChat's templates")
