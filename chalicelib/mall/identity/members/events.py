"""What is announced about members."""

from __future__ import annotations

from chalicelib.core.events import Event


class MemberRegistered(Event):
    """A person came for the first time (or again after closing)."""

    member_id: str
    scene: int | None = None
    channel: str | None = None
    inviter_id: str | None = None


class ProfileChanged(Event):
    """What a member told of themself was set, changed or taken away: what hung on it is looked at again.

    ``fields``: names of ``EditProfile``; the values are read where they are needed.
    """

    member_id: str
    fields: list[str] = []


class PhoneBound(Event):
    """A member has a verified phone number now, the first one or another."""

    member_id: str
    first: bool


class MembersMerged(Event):
    """A shell went into a member: what belonged to ``from_member_id`` belongs to ``member_id`` from now on."""

    member_id: str
    from_member_id: str


class MemberClosed(Event):
    """A member closed the account: features wipe what they keep about the person and are not bound to keep."""

    member_id: str
