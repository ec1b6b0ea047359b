"""Binding a verified number, and what happens to whoever had it. Rules: docs/algorithms/identity.md."""

from __future__ import annotations

from typing import Any

from pynamodb.attributes import Attribute
from pynamodb.expressions.update import Action

from chalicelib.core import clock, ids
from chalicelib.core.states import move
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.gateways.wechat import service as wechat
from chalicelib.gateways.wechat.service import Phone
from chalicelib.mall.identity.members import service as members
from chalicelib.mall.identity.members.errors import Changed, PhoneTaken
from chalicelib.mall.identity.members.events import MembersMerged, PhoneBound, ProfileChanged
from chalicelib.mall.identity.members.models import (
    STEPS,
    IdentityKey,
    Member,
    MemberStatus,
    phone_key,
)
from chalicelib.mall.identity.members.schemas import OpenShell

INHERITED: tuple[Attribute[Any], ...] = (Member.nickname, Member.gender, Member.birthday)
"""What a shell may know of a person: taken over where the member has told nothing."""

_PERSONAL: tuple[Attribute[Any], ...] = (Member.phone, Member.phone_country, Member.identity_keys, *INHERITED)


def bind(member_id: str, code: str) -> Member:
    """Bind the number behind *code*; the number bound before is free again.

    A shell that holds the number goes into this member.

    :raises PhoneTaken: the number's member has a login. :raises InvalidPhoneCode: WeChat refuses the code.
    :raises PartnerUnavailable: WeChat can not be asked. :raises Unauthorized: the member is closed.
    """
    members.active(member_id)  # before WeChat: each number costs money
    phone = wechat.phone_number(code)
    return members.settled(lambda: _bind(member_id, phone))


def open_shell(asked: OpenShell) -> Member:
    """A member without login, known by phone (a customer of a store, an old system). Their first binding of that
    number in the mini program takes the shell over.

    :raises PhoneTaken: the number has a member.
    """
    key = phone_key(asked.country, asked.phone)
    shell = Member(
        id=ids.new("mbr"),
        phone=asked.phone,
        phone_country=asked.country,
        identity_keys={key},
        nickname=asked.nickname,
        gender=asked.gender,
        birthday=asked.birthday.isoformat() if asked.birthday else None,
        registered_at=clock.now(),
    )
    claim = IdentityKey(key=key, member_id=shell.id)
    with Transaction() as tx:
        tx.put(shell)
        tx.put(claim, only_if=IdentityKey.key.does_not_exist(), otherwise=PhoneTaken())
    return shell


def _bind(member_id: str, phone: Phone) -> Member:
    key = phone_key(phone.country_code, phone.number)
    found = batch_get({Member: [member_id], IdentityKey: [key]}, consistent=True)
    member = Member.require_active(found[Member].get(member_id))
    holder: IdentityKey | None = found[IdentityKey].get(key)
    if holder is not None and holder.member_id == member_id:
        return member
    shell = _shell(holder.member_id) if holder else None
    with Transaction() as tx:
        if shell is None:
            members.claim_key(tx, key, member_id)
        else:
            _absorb(tx, shell, key, member_id)
        inherited = _inherited(member, shell) if shell else {}
        _take(tx, member, phone, key, list(inherited.values()))
        if inherited:
            tx.emit(ProfileChanged(member_id=member_id, fields=sorted(inherited)))
        tx.emit(PhoneBound(member_id=member_id, first=member.phone is None))
    return members.active(member_id)


def _shell(member_id: str) -> Member:
    holder = Member.find(member_id, consistent=True)
    if holder is None or holder.status is not MemberStatus.ACTIVE:
        raise Changed()  # closed between the two reads
    if holder.openid is not None:
        raise PhoneTaken()
    return holder


def _absorb(tx: Transaction, shell: Member, key: str, member_id: str) -> None:
    tx.update(
        IdentityKey(key=key),
        [IdentityKey.member_id.set(member_id)],
        only_if=IdentityKey.member_id == shell.id,
        otherwise=Changed(),
    )
    move(
        tx,
        Member(id=shell.id),
        Member.status,
        STEPS,
        MemberStatus.MERGED,
        Member.merged_into.set(member_id),
        Member.closed_at.set(clock.now()),
        *(attribute.remove() for attribute in _PERSONAL),
        also=Member.openid.does_not_exist() & (Member.identity_version == shell.identity_version),
        otherwise=Changed(),
    )
    tx.emit(MembersMerged(member_id=member_id, from_member_id=shell.id))


def _take(tx: Transaction, member: Member, phone: Phone, key: str, inherited: list[Action]) -> None:
    """The member's side: the new number in, the old one out, in one write."""
    keys = set(member.identity_keys or ()) | {key}
    if member.phone is not None and member.phone_country is not None:
        old = phone_key(member.phone_country, member.phone)
        members.release_key(tx, old, member.id)
        keys.discard(old)
    members.edit(
        tx,
        member.id,
        Member.phone.set(phone.number),
        Member.phone_country.set(phone.country_code),
        Member.identity_keys.set(keys),
        Member.identity_version.add(1),
        *inherited,
        also=Member.identity_version == member.identity_version,
        otherwise=Changed(),
    )


def _inherited(member: Member, shell: Member) -> dict[str, Action]:
    """By field: what *shell* knows and *member* has not told."""
    known = [
        (attribute, getattr(shell, attribute.attr_name), getattr(member, attribute.attr_name))
        for attribute in INHERITED
    ]
    return {
        attribute.attr_name: attribute.set(theirs)
        for attribute, theirs, own in known
        if theirs is not None and own is None
    }
