"""What plays in which friends help ask for. Rules: docs/algorithms/campaigns.md, "Friends"."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.core.errors import DomainError
from chalicelib.core.settings import settings
from chalicelib.core.tables import Key, Table, batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.friends.models import HelpCount
from chalicelib.growth.campaigns.base.friends.schemas import AskShare, Face, ShareView
from chalicelib.mall.catalog.products.models import Product
from chalicelib.mall.identity.members.models import Member
from chalicelib.mall.links import service as links
from chalicelib.mall.links.schemas import MakeLink
from chalicelib.mall.posters import service as posters
from chalicelib.mall.posters.designs.schemas import Content, PosterKind
from chalicelib.mall.posters.schemas import PosterView
from chalicelib.mall.posters.service import Wish
from chalicelib.mall.posters.templates import service as templates

_KEPT = timedelta(days=2)


@dataclass(frozen=True)
class Invitation:
    """What friends are asked to. *label* and *note* are words of the poster; amounts are fen."""

    kind: PosterKind
    id: str
    campaign_id: str
    product: Product
    sku_id: str
    price_amount: int
    market_amount: int
    label: str
    note: str


@dataclass(frozen=True)
class Destination:
    """Where a share leads: a page of the mini program that takes ``id``."""

    kind: PosterKind
    page: str
    id: str
    campaign_id: str


def count(tx: Transaction, key: str, limit: int, until: datetime, otherwise: DomainError) -> None:
    """Add to *tx*: once more of what *key* names; it means nothing after *until*.

    :raises DomainError: (at commit) *otherwise*: it was done *limit* times.
    """
    tx.update(
        HelpCount(id=key),
        [HelpCount.used.add(1), HelpCount.expires_at.set(int((until + _KEPT).timestamp()))],
        only_if=HelpCount.used.does_not_exist() | (HelpCount.used < limit),
        otherwise=otherwise,
    )


def faces(member_ids: Iterable[str]) -> dict[str, Face]:
    """Members as friends see them. One read; none without members."""
    wanted = list(dict.fromkeys(member_ids))
    found = batch_get({Member: wanted})[Member] if wanted else {}
    return {member_id: Face.of(found.get(member_id)) for member_id in wanted}


def goods(product: Product, sku_id: str) -> dict[str, str]:
    """Name, spec and picture of what friends help to."""
    sku = product.sku(sku_id)
    own = sku.picture if sku is not None else None
    return {
        "name": product.name,
        "spec": product.spec_text(sku) if sku is not None else "",
        "picture": own or (product.pictures[0] if product.pictures else ""),
    }


def share(member_id: str, invitation: Invitation, asked: AskShare) -> ShareView:
    """A code that leads to what friends are asked to, as :func:`send_on` gives it."""
    to = Destination(invitation.kind, settings().help_page, invitation.id, invitation.campaign_id)
    return send_on(member_id, to, lambda member: _content(invitation, member), asked)


def send_on(member_id: str, to: Destination, content: Callable[[Member], Content], asked: AskShare) -> ShareView:
    """A code that leads there and names the sharer; a poster with that *content*, if asked for.

    :raises TooManyLinks, TooManyPosters: the member's bounds. :raises TemplateNotFound, LinkCollision, TooBusy:
        as of every poster and link. :raises Unauthorized: the account is closed.
    """
    poster = _poster(member_id, to, content, asked.template_id) if asked.poster else None
    target = MakeLink(page=to.page, parameters={"id": to.id}, channel="share", campaign_id=to.campaign_id)
    link = links.share(member_id, target)
    return ShareView(code=link.code, path=link.path, poster=poster)


def _poster(
    member_id: str, to: Destination, content: Callable[[Member], Content], template_id: str | None
) -> PosterView:
    wanted: dict[type[Table], Iterable[Key]] = {Member: [member_id], **templates.needs(to.kind, template_id)}
    found = batch_get(wanted)
    member = Member.require_active(found[Member].get(member_id))
    wish = Wish(
        owner=member_id,
        template=templates.chosen(found, to.kind, template_id),
        content=content(member),
        page=to.page,
        parameters={"id": to.id},
        campaign_id=to.campaign_id,
    )
    return PosterView.of(posters.ask(wish, by=member_id))


def _content(invitation: Invitation, member: Member) -> Content:
    """The product as on any poster, but with this SKU's prices and the play's words."""
    product = invitation.product
    content = posters.of_product(product, sharer=member)
    texts = {name: text for name, text in content.texts.items() if name != "suffix"}
    sku = product.sku(invitation.sku_id)
    pictures = dict(content.pictures)
    if sku is not None and sku.picture:
        pictures["picture"] = sku.picture
    amounts = {"price": invitation.price_amount, "market_price": invitation.market_amount}
    texts |= {"label": invitation.label, "note": invitation.note}
    return Content.model_validate({"texts": texts, "amounts": amounts, "pictures": pictures})
