"""Making links and finding them again. Rules: docs/algorithms/links.md."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pydantic import ValidationError
from pynamodb.expressions.update import Action

from chalicelib.core import clock, pages
from chalicelib.core.errors import DomainError, Invalid
from chalicelib.core.transaction import Transaction
from chalicelib.mall.identity.members import service as members
from chalicelib.mall.links.errors import LinkCollision, LinkNotFound, TooManyLinks
from chalicelib.mall.links.models import Link, LinkQuota, code_of, fingerprint_of
from chalicelib.mall.links.schemas import FindLinks, MakeLink, Target

LINKS_A_DAY = 200
URLS_A_DAY = 50
_ATTEMPTS = 5
_EXPORTED = 100
_CONTENT = ("fingerprint", "page", "parameters", "member_id", "channel", "campaign_id")


def code_for(
    page: str,
    parameters: Mapping[str, str],
    member_id: str | None = None,
    channel: str | None = None,
    campaign_id: str | None = None,
    *,
    tx: Transaction | None = None,
) -> Link:
    """The link to *page* with *parameters*, made if there is none: the same content has one code, for ever.

    For other features; the bounds of a member are not counted. Without *tx* the link is stored when this returns.
    With it, it is stored with the caller's writes; ask once for a link in one transaction.

    :param page: ``pages/product/detail``. :param member_id: who shares it. :param channel: how it is spread.
    :raises Invalid: a page or parameters that no link takes.
    :raises LinkCollision: (at commit of *tx*) another link took the code meanwhile; asking again helps.
    """
    try:
        target = Target(page=page, parameters=dict(parameters))
    except ValidationError as error:
        issues = error.errors(include_url=False, include_input=False, include_context=False)
        raise Invalid(
            errors=[{"field": ".".join(map(str, each["loc"])), "issue": each["msg"]} for each in issues]
        ) from None
    wanted = _wanted(target, member_id, channel, campaign_id)
    if tx is None:
        return _settled(wanted)
    link, is_new = _locate(wanted)
    if is_new:
        _write(tx, link)
    return link


def share(member_id: str, asked: MakeLink) -> Link:
    """A member's link. One that was shared before is free.

    :raises TooManyLinks: over :data:`LINKS_A_DAY` new ones today. :raises Unauthorized: the account is closed.
    """
    return _settled(_wanted(asked, member_id, asked.channel, asked.campaign_id), quota_of=member_id)


def link_of(code: str) -> Link:
    """The link behind a code. One read. :raises LinkNotFound:"""
    found = Link.find(code) if code.isalnum() else None
    if found is None:
        raise LinkNotFound()
    return found


def search(asked: FindLinks) -> tuple[list[Link], str | None]:
    """Links of a member or of a channel, the newest first; and the cursor to the rest."""
    index, key = (Link.by_member, asked.member_id) if asked.member_id else (Link.by_channel, asked.channel)
    return pages.query(index, key or "", limit=asked.limit, cursor=asked.cursor)


def export(member_id: str) -> list[dict[str, Any]]:
    """What the member shared, the newest first, for the copy of their data."""
    found = Link.by_member.query(member_id, scan_index_forward=False, limit=_EXPORTED)
    return [
        {"code": each.code, "path": each.path, "channel": each.channel, "created_at": each.created_at.isoformat()}
        for each in found
    ]


def spend(tx: Transaction, member_id: str, *, links: int = 0, urls: int = 0) -> None:
    """Add to *tx*: so many of the member's makings of today are used, and the member is active.

    :raises TooManyLinks: (at commit) there are not so many left.
    """
    today = clock.today().isoformat()
    tx.update(
        LinkQuota(id=f"{member_id}#{today}"),
        [
            LinkQuota.links.add(links),
            LinkQuota.urls.add(urls),
            LinkQuota.expires_at.set(int((clock.now() + timedelta(days=3)).timestamp())),
        ],
        only_if=LinkQuota.id.does_not_exist()
        | ((LinkQuota.links <= LINKS_A_DAY - links) & (LinkQuota.urls <= URLS_A_DAY - urls)),
        otherwise=TooManyLinks(),
    )
    members.require_active(tx, member_id)


def _wanted(target: Target, member_id: str | None, channel: str | None, campaign_id: str | None) -> Link:
    return Link(
        fingerprint=fingerprint_of(target.page, target.parameters, member_id, channel, campaign_id),
        page=target.page,
        parameters=dict(sorted(target.parameters.items())),
        member_id=member_id,
        channel=channel,
        campaign_id=campaign_id,
        created_at=clock.now(),
    )


def _settled(wanted: Link, *, quota_of: str | None = None) -> Link:
    """The stored link; looks again when another one took the code meanwhile."""
    refusal: DomainError = LinkCollision()
    for attempt in range(_ATTEMPTS):
        link, is_new = _locate(wanted, consistent=attempt > 0)
        if not is_new:
            return link
        try:
            with Transaction() as tx:
                if quota_of is not None:
                    spend(tx, quota_of, links=1)
                _write(tx, link)
            return link
        except LinkCollision as collision:
            refusal = collision
    raise refusal


def _locate(wanted: Link, *, consistent: bool = False) -> tuple[Link, bool]:
    """The stored link of that fingerprint; or *wanted* under the first free code, and True."""
    for attempt in range(_ATTEMPTS):
        wanted.code = code_of(wanted.fingerprint, attempt)
        stored = Link.find(wanted.code, consistent=consistent)
        if stored is None:
            return wanted, True
        if stored.fingerprint == wanted.fingerprint:
            return stored, False
    raise LinkCollision()


def _write(tx: Transaction, link: Link) -> None:
    """Two who write the same link write the same: none of them is refused."""
    given = {name: getattr(link, name) for name in _CONTENT}
    actions: list[Action] = [getattr(Link, name).set(value) for name, value in given.items() if value is not None]
    actions.append(Link.created_at.set(Link.created_at | link.created_at))
    tx.update(
        Link(code=link.code),
        actions,
        only_if=Link.code.does_not_exist() | (Link.fingerprint == link.fingerprint),
        otherwise=LinkCollision(),
    )
