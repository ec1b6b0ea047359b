"""Consents, export, closing. Rules: docs/algorithms/identity.md.

Higher floors take part by two lists that identity owns: :data:`closing_checks` and :data:`export_parts`. They hear of
a closed member by ``MemberClosed``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chalicelib.core import clock, ids
from chalicelib.core.errors import DomainError
from chalicelib.core.plugs import PlugList, PlugMap
from chalicelib.core.states import move
from chalicelib.core.transaction import Transaction
from chalicelib.mall.identity.addresses.models import Address
from chalicelib.mall.identity.addresses.schemas import AddressView
from chalicelib.mall.identity.addresses.service import addresses_of
from chalicelib.mall.identity.members import service as members
from chalicelib.mall.identity.members.errors import Changed
from chalicelib.mall.identity.members.events import MemberClosed
from chalicelib.mall.identity.members.models import STEPS, Member, MemberStatus
from chalicelib.mall.identity.members.schemas import MemberView
from chalicelib.mall.identity.privacy.errors import ConsentLimitReached, OpenObligations
from chalicelib.mall.identity.privacy.models import Consent, Scene
from chalicelib.mall.identity.privacy.schemas import ConsentView, GiveConsent

MAX_CONSENTS = 200

closing_checks: PlugList[Callable[[str], DomainError | None]] = PlugList("closing_checks")
"""Each gets a member id and answers what stands against closing (an open order, money in the wallet), or None."""

export_parts: PlugMap[Callable[[str], Any]] = PlugMap("export_parts")
"""Name → what the feature keeps about the member of that id: JSON data, bounded (the newest so many)."""

_WIPED = (
    Member.openid,
    Member.unionid,
    Member.phone,
    Member.phone_country,
    Member.identity_keys,
    Member.nickname,
    Member.avatar_url,
    Member.gender,
    Member.birthday,
    Member.region_code,
    Member.occupation,
    Member.income_band,
    Member.interests,
    Member.default_address_id,
    Member.source,
)


def give_consent(member_id: str, given: GiveConsent) -> Consent:
    """Put an answer on record.

    :raises ConsentLimitReached: :data:`MAX_CONSENTS` answers are on record already.
    """
    consent = Consent(
        member_id=member_id,
        id=ids.new("cns"),
        scene=given.scene,
        version=given.version,
        granted=given.granted,
        given_at=clock.now(),
    )
    room = Member.consent_count < MAX_CONSENTS
    with Transaction() as tx:
        members.edit(tx, member_id, Member.consent_count.add(1), also=room, otherwise=ConsentLimitReached())
        tx.put(consent)
    return consent


def consents_of(member_id: str) -> list[Consent]:
    """Every answer on record, the newest first."""
    return list(Consent.query(member_id, scan_index_forward=False, consistent_read=True))


def consents_to(member: Member, *scenes: Scene) -> bool:
    """Whether the newest answer of *member* to each of *scenes* is yes. Who was never asked did not agree.

    One read; none for who never answered anything.
    """
    if not member.consent_count:
        return False
    # Of two answers of one moment the no counts.
    answers = sorted(consents_of(member.id), key=lambda each: (each.given_at, not each.granted))
    newest = {each.scene: each.granted for each in answers}
    return all(newest.get(each, False) for each in scenes)


def export(member_id: str) -> dict[str, Any]:
    """All that the mall keeps about a member, part by part.

    :raises Unauthorized: the member is closed.
    """
    member = members.active(member_id)
    parts: dict[str, Any] = {
        "profile": MemberView.of(member).model_dump(mode="json")
        | {"openid": member.openid, "unionid": member.unionid, "notices": member.notices},
        "source": member.source.model_dump(mode="json") if member.source else None,
        "addresses": [AddressView.of(each).model_dump(mode="json") for each in addresses_of(member_id)],
        "consents": [ConsentView.of(each).model_dump(mode="json") for each in consents_of(member_id)],
    }
    return parts | {name: part(member_id) for name, part in export_parts.items()}


def close(member_id: str) -> None:
    """End the membership: keys free, personal data and addresses gone, the id stays for what the law keeps.

    :raises OpenObligations: something is unfinished; every reason is named. :raises Unauthorized: closed already.
    """
    members.active(member_id)
    found = [each for check in closing_checks if (each := check(member_id)) is not None]
    if found:
        raise OpenObligations(reasons=[{"code": each.code, "message": each.text} for each in found])
    members.settled(lambda: _close(member_id))


def _close(member_id: str) -> None:
    member = members.active(member_id)
    addresses = list(Address.query(member_id, consistent_read=True))
    with Transaction() as tx:
        move(
            tx,
            Member(id=member_id),
            Member.status,
            STEPS,
            MemberStatus.CLOSED,
            *(attribute.remove() for attribute in _WIPED),
            Member.notices.set({}),
            Member.address_count.set(0),
            Member.closed_at.set(clock.now()),
            # Every key and every address that is there now goes with it.
            also=(Member.identity_version == member.identity_version) & (Member.address_count == len(addresses)),
            otherwise=Changed(),
        )
        for key in member.identity_keys or ():
            members.release_key(tx, key, member_id)
        for address in addresses:
            tx.delete(address)
        tx.emit(MemberClosed(member_id=member_id))
