"""The address book: at most :data:`LIMIT` addresses a member, at most one default."""

from __future__ import annotations

from dataclasses import asdict

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.core import clock, ids
from chalicelib.core.errors import NotFound
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.mall.identity.addresses.errors import AddressLimitReached
from chalicelib.mall.identity.addresses.models import Address
from chalicelib.mall.identity.addresses.schemas import SaveAddress
from chalicelib.mall.identity.members import service as members
from chalicelib.mall.identity.members.errors import Changed
from chalicelib.mall.identity.members.models import Member
from chalicelib.mall.identity.regions.service import place

LIMIT = 20


def addresses_of(member_id: str) -> list[Address]:
    """All addresses of a member, the default first, then the newest. One read."""
    found = sorted(Address.query(member_id, consistent_read=True), key=lambda each: each.id, reverse=True)
    return sorted(found, key=lambda each: not each.is_default)


def address_of(member_id: str, address_id: str) -> Address:
    """:raises NotFound: the member has no such address."""
    address = Address.find(member_id, address_id, consistent=True)
    if address is None:
        raise NotFound()
    return address


def add(member_id: str, asked: SaveAddress) -> Address:
    """A new address. The first one is the default whether asked or not.

    :raises AddressLimitReached: the member has :data:`LIMIT` already. :raises Invalid: no such region.
    """
    address = _address(member_id, ids.new("adr"), asked)
    return members.settled(lambda: _add(address, wanted=asked.is_default))


def replace(member_id: str, address_id: str, asked: SaveAddress) -> Address:
    """Write an address anew. :raises NotFound: not the member's. :raises Invalid: no such region."""
    address = _address(member_id, address_id, asked)
    return members.settled(lambda: _replace(address))


def remove(member_id: str, address_id: str) -> None:
    """Take an address out of the book; no other becomes the default. :raises NotFound: not the member's."""
    members.settled(lambda: _remove(member_id, address_id))


def _address(member_id: str, address_id: str, asked: SaveAddress) -> Address:
    where = place(asked.district_code, "district_code")
    now = clock.now()
    return Address(
        member_id=member_id,
        id=address_id,
        name=asked.name,
        phone=asked.phone,
        detail=asked.detail,
        is_default=asked.is_default,
        created_at=now,
        updated_at=now,
        **asdict(where),
    )


def _add(address: Address, *, wanted: bool) -> Address:
    member = members.active(address.member_id)
    address.is_default = wanted or member.address_count == 0
    with Transaction() as tx:
        if address.is_default:
            # What was decided upon must still be true.
            if member.address_count >= LIMIT:
                raise AddressLimitReached(limit=LIMIT)
            still = (Member.address_count == member.address_count) & _default_is(member.default_address_id)
            _make_default(tx, member, address.id, Member.address_count.add(1), also=still)
        else:
            room = Member.address_count < LIMIT
            members.edit(
                tx, member.id, Member.address_count.add(1), also=room, otherwise=AddressLimitReached(limit=LIMIT)
            )
        tx.put(address)
    return address


def _replace(address: Address) -> Address:
    member, stored = _both(address.member_id, address.id)
    address.created_at = stored.created_at
    with Transaction() as tx:
        if address.is_default and not stored.is_default:
            _make_default(tx, member, address.id, also=_default_is(member.default_address_id))
        elif stored.is_default and not address.is_default:
            _clear_default(tx, address)
        else:
            members.require_active(tx, member.id)
        unchanged = Address.is_default == stored.is_default
        tx.put(address, only_if=Address.id.exists() & unchanged, otherwise=Changed())
    return address


def _remove(member_id: str, address_id: str) -> None:
    member, stored = _both(member_id, address_id)
    with Transaction() as tx:
        if stored.is_default:
            _clear_default(tx, stored, Member.address_count.add(-1))
        else:
            members.edit(tx, member.id, Member.address_count.add(-1))
        tx.delete(stored, only_if=Address.id.exists() & (Address.is_default == stored.is_default), otherwise=Changed())


def _both(member_id: str, address_id: str) -> tuple[Member, Address]:
    found = batch_get({Member: [member_id], Address: [(member_id, address_id)]}, consistent=True)
    member = Member.require_active(found[Member].get(member_id))
    address: Address | None = found[Address].get((member_id, address_id))
    if address is None:
        raise NotFound()
    return member, address


def _make_default(tx: Transaction, member: Member, address_id: str, *actions: Action, also: Condition) -> None:
    """Point at *address_id*; the address that was the default until now, if any, says so no more."""
    pointer = Member.default_address_id.set(address_id)
    members.edit(tx, member.id, pointer, *actions, also=also, otherwise=Changed())
    if member.default_address_id is not None:
        before = Address(member_id=member.id, id=member.default_address_id)
        tx.update(before, [Address.is_default.set(False)], only_if=Address.id.exists(), otherwise=Changed())


def _clear_default(tx: Transaction, address: Address, *actions: Action) -> None:
    was_it = _default_is(address.id)
    pointer = Member.default_address_id.remove()
    members.edit(tx, address.member_id, pointer, *actions, also=was_it, otherwise=Changed())


def _default_is(address_id: str | None) -> Condition:
    if address_id is None:
        return Member.default_address_id.does_not_exist()
    return Member.default_address_id == address_id
