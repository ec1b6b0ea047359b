"""From a ``wx.login`` code to a member. Merge rules: docs/algorithms/identity.md."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from chalicelib.core import clock, ids
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.gateways.wechat import service as wechat
from chalicelib.mall.identity.members import service as members
from chalicelib.mall.identity.members.errors import Changed
from chalicelib.mall.identity.members.events import MemberRegistered
from chalicelib.mall.identity.members.models import (
    IdentityKey,
    Member,
    MemberStatus,
    Source,
    openid_key,
    unionid_key,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LoggedIn:
    """Who it is, under which openid, and whether they were unknown until now."""

    member: Member
    openid: str
    is_new: bool


def log_in(code: str, source: Source) -> LoggedIn:
    """The member behind *code*, made if unknown. However many logins run at once, one person is one member.

    :raises InvalidLoginCode, LoginBlocked, TooManyRequests: WeChat refuses the code or the person.
    :raises PartnerUnavailable: WeChat can not be asked.
    """
    session = wechat.code_to_session(code)
    person = _Person(session.openid, session.unionid)
    return members.settled(lambda: _find_or_register(person, source))


@dataclass(frozen=True)
class _Person:
    """Whom WeChat named. The session key is dropped: nothing here needs it."""

    openid: str
    unionid: str | None

    @property
    def keys(self) -> list[str]:
        return [openid_key(self.openid)] + ([unionid_key(self.unionid)] if self.unionid else [])


def _find_or_register(person: _Person, source: Source) -> LoggedIn:
    found = batch_get({IdentityKey: person.keys}, consistent=True)[IdentityKey]
    owners = [found[key].member_id for key in person.keys if key in found]
    if not owners:
        return LoggedIn(_register(person, source), person.openid, is_new=True)
    # The openid's member comes first: where a unionid leads elsewhere, both have a life of their own.
    member_id = owners[0]
    if len(set(owners)) > 1:
        log.warning("one person, two members", extra={"member_id": owners[0], "other_member_id": owners[1]})
    missing = [key for key in person.keys if key not in found]
    if missing:
        _attach(member_id, person, missing)
    member = Member.find(member_id, consistent=True)
    if member is None or member.status is not MemberStatus.ACTIVE:
        raise Changed()  # closed between the two reads: its keys are free now
    return LoggedIn(member, person.openid, is_new=False)


def _register(person: _Person, source: Source) -> Member:
    member = Member(
        id=ids.new("mbr"),
        openid=person.openid,
        unionid=person.unionid,
        identity_keys=set(person.keys),
        source=source,
        registered_at=clock.now(),
    )
    with Transaction() as tx:
        tx.put(member)
        for key in person.keys:
            members.claim_key(tx, key, member.id)
        tx.emit(
            MemberRegistered(
                member_id=member.id, scene=source.scene, channel=source.channel, inviter_id=source.inviter_id
            )
        )
    return member


def _attach(member_id: str, person: _Person, missing: list[str]) -> None:
    """A known person shows a key that is new to us: the openid of a new app, or a unionid."""
    changes = [
        Member.identity_keys.add(set(missing)),
        Member.identity_version.add(1),
        Member.openid.set(person.openid),
    ]
    if person.unionid and unionid_key(person.unionid) in missing:
        changes.append(Member.unionid.set(person.unionid))
    with Transaction() as tx:
        # Closed meanwhile: look again, the keys are free.
        members.edit(tx, member_id, *changes, refusal=Changed())
        for key in missing:
            members.claim_key(tx, key, member_id)
