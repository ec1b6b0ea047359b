"""Asking for posters. Rules: docs/algorithms/posters.md."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chalicelib.core import clock, ids
from chalicelib.core.errors import DomainError, TooBusy
from chalicelib.core.settings import settings
from chalicelib.core.states import move
from chalicelib.core.tables import Key, Table, batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.gateways.object_storage import service as storage
from chalicelib.gateways.object_storage.service import Bucket
from chalicelib.mall.catalog.products.errors import ProductNotFound
from chalicelib.mall.catalog.products.models import Product
from chalicelib.mall.identity.members.models import Member
from chalicelib.mall.links import service as links
from chalicelib.mall.posters.designs.schemas import Content, PosterKind
from chalicelib.mall.posters.drawing.service import VERSION
from chalicelib.mall.posters.errors import PosterNotFound, TooManyPosters
from chalicelib.mall.posters.events import PosterWanted
from chalicelib.mall.posters.models import EVERYBODY, STEPS, Poster, PosterQuota, PosterStatus
from chalicelib.mall.posters.schemas import AskPoster
from chalicelib.mall.posters.templates import service as templates
from chalicelib.mall.posters.templates.service import Template

KEEP = timedelta(days=60)
"""The picture itself is kept for 90 days (``infra/aws/data.yaml``): who got its URL late can still load it."""
MAKESHIFT = timedelta(minutes=10)
"""A makeshift poster is good for this long; who asks later gets a better one."""
STUCK = timedelta(minutes=45)
"""A pending poster that is older than all its tries was lost: it may be asked for anew."""
NEW_AN_HOUR = 60
_ATTEMPTS = 3


@dataclass(frozen=True)
class Wish:
    """All that makes a poster what it is. *owner*: whose name it carries, or :data:`EVERYBODY`."""

    owner: str
    template: Template
    content: Content
    page: str
    parameters: Mapping[str, str]
    link_channel: str = "poster"
    campaign_id: str | None = None

    @property
    def sharer_id(self) -> str | None:
        return self.owner if self.owner != EVERYBODY else None

    @property
    def poster_id(self) -> str:
        """The same for whatever looks the same and leads to the same."""
        content = self.content.model_dump(mode="json")
        leads = [self.page, dict(self.parameters), self.link_channel, settings().mini_program_version]
        leads += [self.campaign_id] if self.campaign_id else []
        seen = [VERSION, self.template.design_id, content, leads, self.owner]
        return ids.derive("pst", json.dumps(seen, sort_keys=True, ensure_ascii=False))


class _Overtaken(DomainError):
    """Another one asked for the same poster in this moment. Never leaves this module."""

    code = "overtaken"


def ask_product(member_id: str, asked: AskPoster) -> Poster:
    """A poster of a product, ready at once if it was made before; else it is drawn on the queue.

    :raises ProductNotFound: not on sale. :raises TemplateNotFound: not for products, or switched off.
    :raises TooManyPosters: the member had :data:`NEW_AN_HOUR` new ones within the hour.
    :raises Unauthorized: the account is closed.
    """
    kind = PosterKind(asked.kind)
    wanted: dict[type[Table], Iterable[Key]] = {
        Product: [asked.product_id],
        Member: [member_id],
        **templates.needs(kind, asked.template_id),
    }
    found = batch_get(wanted)
    member = Member.require_active(found[Member].get(member_id))
    product: Product | None = found[Product].get(asked.product_id)
    if product is None or not product.is_on_sale(clock.now()):
        raise ProductNotFound()
    content = of_product(product, sharer=member if asked.personal else None)
    wish = Wish(
        owner=member_id if asked.personal else EVERYBODY,
        template=templates.chosen(found, kind, asked.template_id),
        content=content,
        page=settings().product_page,
        parameters={"id": product.id},
    )
    return ask(wish, by=member_id)


def of_product(product: Product, *, sharer: Member | None = None) -> Content:
    """What a product fills the slots with: its cheapest SKU's price and market price, ``起`` where others cost more."""
    cheapest = min(product.skus, key=lambda sku: sku.price_amount)
    texts = {"title": product.name, "summary": product.summary or "", "shop": settings().shop_name}
    texts["suffix"] = "起" if product.price_max_amount > product.price_amount else ""
    amounts = {"price": cheapest.price_amount}
    if (cheapest.market_price_amount or 0) > cheapest.price_amount:
        amounts["market_price"] = cheapest.market_price_amount or 0
    pictures = {"picture": product.pictures[0]} if product.pictures else {}
    if sharer is not None:
        texts["sharer"] = sharer.nickname or "好友"
        if sharer.avatar_url:
            pictures["avatar"] = sharer.avatar_url
    given: dict[str, Any] = {"texts": {key: text for key, text in texts.items() if text}, "amounts": amounts}
    return Content.model_validate({**given, "pictures": pictures})


def ask(wish: Wish, *, by: str) -> Poster:
    """The poster of a wish, for any kind: stored and given to the queue unless it is there or on its way.

    :param by: the member whose bound of new posters counts.
    :raises TooManyPosters: of them. :raises TooBusy: many ask for the same one at once.
    """
    for attempt in range(_ATTEMPTS):
        stored = Poster.find(wish.owner, wish.poster_id, consistent=attempt > 0)
        if stored is not None and _good(stored, clock.now()):
            return stored
        try:
            return _begin(wish, stored, by)
        except _Overtaken:
            continue
    raise TooBusy()


def find(poster_id: str, *owners: str) -> Poster:
    """The poster, if it is one of *owners*'. One round trip. :raises PosterNotFound:"""
    found = batch_get({Poster: [(owner, poster_id) for owner in owners]})[Poster]
    poster: Poster | None = next(iter(found.values()), None)
    if poster is None or poster.expires_at <= clock.now().timestamp():
        raise PosterNotFound()
    return poster


def forget(member_id: str) -> None:
    """Remove the posters that carry the member's name, pictures first. Again is harmless."""
    with Poster.batch_write() as batch:
        for poster in Poster.query(member_id, consistent_read=True):
            if poster.picture_key:
                storage.delete(Bucket.MEDIA, poster.picture_key)
            batch.delete(poster)


def export(member_id: str) -> list[dict[str, object]]:
    """The posters that carry the member's name, for the copy of their data; at most 200."""
    return [
        {"id": each.id, "kind": each.kind, "title": each.content.texts.get("title"), "asked_at": each.asked_at}
        for each in Poster.query(member_id, limit=200)
    ]


def spend(tx: Transaction, member_id: str) -> None:
    """Add to *tx*: one of the member's new posters of this hour. :raises TooManyPosters: (at commit)"""
    now = clock.now()
    tx.update(
        PosterQuota(id=f"{member_id}#{now:%Y%m%d%H}"),
        [PosterQuota.made.add(1), PosterQuota.expires_at.set(int((now + timedelta(hours=2)).timestamp()))],
        only_if=PosterQuota.made.does_not_exist() | (PosterQuota.made < NEW_AN_HOUR),
        otherwise=TooManyPosters(),
    )


def again(tx: Transaction, stored: Poster, asked_at: datetime) -> Poster:
    """Add to *tx*: *stored* is drawn once more, if nobody else asked for that meanwhile. As it will be."""
    expires_at = int((asked_at + KEEP).timestamp())
    move(
        tx,
        Poster(owner=stored.owner, id=stored.id),
        Poster.status,
        STEPS,
        PosterStatus.PENDING,
        Poster.round.add(1),
        Poster.asked_at.set(asked_at),
        Poster.expires_at.set(expires_at),
        Poster.failure.remove(),
        also=(Poster.round == stored.round) & (Poster.status == stored.status),
        otherwise=_Overtaken(),
    )
    stored.status, stored.round, stored.failure = PosterStatus.PENDING, stored.round + 1, None
    stored.asked_at, stored.expires_at = asked_at, expires_at
    return stored


def begin(tx: Transaction, poster: Poster) -> None:
    """Add to *tx*: a poster that there was not. :raises DomainError: (at commit) there is one now."""
    tx.put(poster, only_if=Poster.id.does_not_exist(), otherwise=_Overtaken())
    tx.emit(PosterWanted(owner=poster.owner, poster_id=poster.id))


def _good(poster: Poster, now: datetime) -> bool:
    if poster.expires_at <= now.timestamp() or poster.status is PosterStatus.FAILED:
        return False
    if poster.status is PosterStatus.PENDING:
        return now < poster.asked_at + STUCK
    return not poster.makeshift or now < poster.asked_at + MAKESHIFT


def _begin(wish: Wish, stored: Poster | None, by: str) -> Poster:
    now = clock.now()
    with Transaction() as tx:
        spend(tx, by)
        if stored is not None:
            poster = again(tx, stored, now)
            tx.emit(PosterWanted(owner=poster.owner, poster_id=poster.id, round=poster.round))
            return poster
        link = links.code_for(wish.page, wish.parameters, wish.sharer_id, wish.link_channel, wish.campaign_id, tx=tx)
        template = wish.template
        poster = Poster(
            owner=wish.owner,
            id=wish.poster_id,
            kind=template.kind,
            template_id=template.id,
            design_id=template.design_id,
            content=wish.content,
            page=wish.page,
            scene=link.scene,
            short_code=link.code,
            width=template.width,
            height=template.height,
            asked_at=now,
            expires_at=int((now + KEEP).timestamp()),
        )
        begin(tx, poster)
    return poster
