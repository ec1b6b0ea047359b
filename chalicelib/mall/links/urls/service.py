"""WeChat's URL Link of a link: made when first asked for, kept until it nearly expires."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.core import clock
from chalicelib.core.errors import DomainError
from chalicelib.core.transaction import Transaction
from chalicelib.gateways.wechat import links as wechat
from chalicelib.gateways.wechat.errors import QuotaUsedUp
from chalicelib.mall.links import service as links
from chalicelib.mall.links.errors import LinkNotFound, UrlQuotaUsedUp
from chalicelib.mall.links.models import Link

RENEW_BEFORE = timedelta(days=3)


@dataclass(frozen=True)
class Url:
    """A URL Link, and how long it works."""

    url: str
    expires_at: datetime


class _MadeMeanwhile(DomainError):
    code = "url_made_meanwhile"


def url_of(code: str, member_id: str) -> Url:
    """The URL Link of a link. One read while the kept one has :data:`RENEW_BEFORE` ahead.

    :raises LinkNotFound: :raises TooManyLinks: the member had too many made today.
    :raises UrlQuotaUsedUp: the mall had too many made today. :raises PageNotReleased: WeChat knows no such page.
    :raises PartnerUnavailable: WeChat can not be asked. With any of these a kept one that still works is given.
    """
    link = links.link_of(code)
    kept = _kept(link)
    if kept and kept.expires_at - clock.now() >= RENEW_BEFORE:
        return kept
    try:
        return _renew(link, member_id)
    except DomainError:
        if kept and kept.expires_at > clock.now():
            return kept
        raise


def known_of(code: str) -> tuple[wechat.KnownUrl, Url, int]:
    """What WeChat knows of the kept URL Link, that link, and how many openings are left to the mall today.

    :raises LinkNotFound: no such link, or it has no URL Link that works. :raises PartnerUnavailable:
    """
    kept = _kept(links.link_of(code))
    if kept is None or kept.expires_at <= clock.now():
        raise LinkNotFound()
    return wechat.known_url(kept.url), kept, wechat.visits_left(kept.url)


def _renew(link: Link, member_id: str) -> Url:
    with Transaction() as tx:
        links.spend(tx, member_id, urls=1)
    expires_at = clock.now() + wechat.LIFETIME
    try:
        made = Url(wechat.make_url(link.page, link.query_text), expires_at)
    except QuotaUsedUp:
        raise UrlQuotaUsedUp() from None
    before = Link.url_expires_at
    unchanged = before.does_not_exist() if link.url_expires_at is None else before == link.url_expires_at
    try:
        with Transaction() as tx:
            tx.update(
                Link(code=link.code),
                [Link.url.set(made.url), Link.url_expires_at.set(made.expires_at)],
                only_if=Link.code.exists() & unchanged,
                otherwise=_MadeMeanwhile(),
            )
    except _MadeMeanwhile:
        pass  # another caller's is kept; this one works as well
    return made


def _kept(link: Link) -> Url | None:
    return Url(link.url, link.url_expires_at) if link.url and link.url_expires_at else None
