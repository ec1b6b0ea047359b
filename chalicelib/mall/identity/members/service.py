"""Reading and changing members. Higher floors read :class:`Member` and write to its noticeboard."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypeVar

from pynamodb.attributes import Attribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.core.errors import DomainError, Invalid, NotFound, TooBusy, Unauthorized
from chalicelib.core.transaction import Transaction
from chalicelib.mall.identity.members.errors import Changed
from chalicelib.mall.identity.members.events import ProfileChanged
from chalicelib.mall.identity.members.models import IdentityKey, Member, MemberStatus, openid_key, phone_key
from chalicelib.mall.identity.members.schemas import EditProfile, FindMembers
from chalicelib.mall.identity.regions import service as regions

T = TypeVar("T")
MAX_NOTICE = 2000
_ATTEMPTS = 5


def active(member_id: str) -> Member:
    """The member as of this moment.

    :raises Unauthorized: closed, merged or unknown.
    """
    return Member.require_active(Member.find(member_id, consistent=True))


def known(member_id: str) -> Member:
    """The member whom staff name, also one who is closed: what is left of them must be seen.

    For what would answer zeros about somebody that there never was. :raises NotFound: no such member.
    """
    member = Member.find(member_id, consistent=True)
    if member is None:
        raise NotFound()
    return member


def edit(
    tx: Transaction,
    member_id: str,
    *actions: Action,
    also: Condition | None = None,
    otherwise: DomainError | None = None,
    refusal: DomainError | None = None,
) -> None:
    """Add to *tx* a change of a member that must be active, and for which *also* must hold.

    :raises Unauthorized: (at commit; or *refusal*) not active. *otherwise* is raised when only *also* failed.
    """
    condition, refuse = _guarded(also, otherwise, refusal)
    tx.update(Member(id=member_id), actions, only_if=condition, otherwise=refuse)


def _guarded(
    also: Condition | None, otherwise: DomainError | None, refusal: DomainError | None
) -> tuple[Condition, Callable[[Mapping[str, Any] | None], DomainError]]:
    condition = Member.status == MemberStatus.ACTIVE
    if also is not None:
        condition &= also

    def refuse(old: Mapping[str, Any] | None) -> DomainError:
        alive = old is not None and old["status"]["S"] == MemberStatus.ACTIVE
        return otherwise if alive and otherwise is not None else refusal or Unauthorized()

    return condition, refuse


def require_active(
    tx: Transaction,
    member_id: str,
    *,
    also: Condition | None = None,
    otherwise: DomainError | None = None,
    refusal: DomainError | None = None,
) -> None:
    """Add to *tx*: nothing of it happens unless the member is active, and *also* holds.

    :param refusal: for staff, who named somebody that there is not: they themselves are logged in.
    :raises Unauthorized: (at commit; or *refusal*) it is not. *otherwise* is raised when only *also* failed.
    """
    condition, refuse = _guarded(also, otherwise, refusal)
    tx.check(Member(id=member_id), only_if=condition, otherwise=refuse)


def post_notice(tx: Transaction, member_id: str, key: str, value: Any) -> None:
    """Write *value* (small, JSON; None takes it down) under *key* on the member's noticeboard.

    A higher floor posts what lower floors need to know of a member: ``level``, ``tags``, ``segments``, ``guide``,
    ``distributor``. Each key has one feature that writes it. Two keys in one transaction: :func:`post_notices`.

    :raises Unauthorized: (at commit) the member is closed; a reaction looks at :func:`active` first.
    """
    post_notices(tx, member_id, {key: value})


def post_notices(
    tx: Transaction,
    member_id: str,
    notices: Mapping[str, Any],
    *,
    also: Condition | None = None,
    otherwise: DomainError | None = None,
) -> None:
    """As :func:`post_notice`, several at once; *also* and *otherwise* as in :func:`edit`."""
    actions: list[Action] = []
    for key, value in notices.items():
        if not (key.isidentifier() and key.isascii()):
            raise ValueError(f"{key!r} is no key of a noticeboard")
        if value is None:
            actions.append(Member.notices[key].remove())
            continue
        text = json.dumps(value, ensure_ascii=False)
        if len(text) > MAX_NOTICE:
            raise ValueError(f"{key}: a noticeboard is for small things, not for {len(text)} characters")
        actions.append(Member.notices[key].set(text))
    edit(tx, member_id, *actions, also=also, otherwise=otherwise)


def claim_key(tx: Transaction, key: str, member_id: str) -> None:
    """Add to *tx* that *key* leads to the member. :raises Changed: (at commit) somebody has it."""
    tx.put(IdentityKey(key=key, member_id=member_id), only_if=IdentityKey.key.does_not_exist(), otherwise=Changed())


def release_key(tx: Transaction, key: str, member_id: str) -> None:
    """Add to *tx* that *key* is free again. :raises Changed: (at commit) it no longer led to the member."""
    tx.delete(IdentityKey(key=key), only_if=IdentityKey.member_id == member_id, otherwise=Changed())


def settled(attempt: Callable[[], T]) -> T:
    """The result of *attempt*, which looks and decides anew each time it loses a race.

    :raises TooBusy: it lost too often.
    """
    for _ in range(_ATTEMPTS):
        try:
            return attempt()
        except Changed:
            continue
    raise TooBusy()


def edit_profile(member_id: str, asked: EditProfile) -> Member:
    """Change what was sent (null takes it away), leave the rest.

    :raises Invalid: no such region. :raises Unauthorized: the member is closed.
    """
    if asked.region_code is not None and asked.region_code not in regions.names():
        raise Invalid(errors=[{"field": "region_code", "issue": "no such region"}])
    changes = [_change(name, getattr(asked, name)) for name in asked.model_fields_set]
    if changes:
        with Transaction() as tx:
            edit(tx, member_id, *changes)
            tx.emit(ProfileChanged(member_id=member_id, fields=sorted(asked.model_fields_set)))
    return active(member_id)


def _change(name: str, value: Any) -> Action:
    attribute: Attribute[Any] = getattr(Member, name)
    if value is None or value == []:
        return attribute.remove()
    return attribute.set(value.isoformat() if isinstance(value, date) else value)


def find(asked: FindMembers) -> Member | None:
    """The member with that phone or openid. :raises Invalid: not exactly one of the two was given."""
    if (asked.phone is None) == (asked.openid is None):
        raise Invalid(errors=[{"field": "phone", "issue": "give a phone or an openid"}])
    key = openid_key(asked.openid) if asked.openid is not None else phone_key(asked.country, asked.phone or "")
    known = IdentityKey.find(key)
    return Member.find(known.member_id) if known else None
