"""The member's row, and the keys that lead to it."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any

from pydantic import BaseModel
from pynamodb.attributes import Attribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.constants import MAP

from chalicelib.core.errors import Unauthorized
from chalicelib.core.settings import settings
from chalicelib.core.states import Steps
from chalicelib.core.tables import DocumentAttribute, EnumAttribute, IntAttribute, Table, TimeAttribute, table_name


class MemberStatus(StrEnum):
    ACTIVE = "active"
    CLOSED = "closed"
    """Closed by the member: nothing personal is left."""
    MERGED = "merged"
    """Was a shell and went into another member."""


STEPS = Steps({MemberStatus.ACTIVE: [MemberStatus.CLOSED, MemberStatus.MERGED]})


class Gender(StrEnum):
    FEMALE = "female"
    MALE = "male"
    OTHER = "other"


class IncomeBand(StrEnum):
    """CNY a month."""

    UNDER_5K = "under_5k"
    FROM_5K = "5k_to_10k"
    FROM_10K = "10k_to_20k"
    FROM_20K = "20k_to_50k"
    OVER_50K = "over_50k"


class Source(BaseModel):
    """How a member came: told once, at the first login."""

    scene: int | None = None
    """WeChat's scene number."""
    channel: str | None = None
    path: str | None = None
    inviter_id: str | None = None


class Notices(Attribute[dict[str, Any]]):
    """A map of small JSON values, each kept as text, so that one can be set without touching the others."""

    attr_type = MAP

    def serialize(self, value: dict[str, Any]) -> dict[str, dict[str, str]]:
        return {key: {"S": json.dumps(each, ensure_ascii=False)} for key, each in value.items()}

    def deserialize(self, value: dict[str, dict[str, str]]) -> dict[str, Any]:
        return {key: json.loads(each["S"]) for key, each in value.items()}


class Member(Table):
    """One person. Found by id; by openid, unionid and phone through :class:`IdentityKey`."""

    class Meta:
        table_name = table_name("members")

    id = UnicodeAttribute(hash_key=True)
    status = EnumAttribute(MemberStatus, default=MemberStatus.ACTIVE)
    openid = UnicodeAttribute(null=True)
    """Of this mini program, of the latest login; a member without one is a shell."""
    unionid = UnicodeAttribute(null=True)
    phone = UnicodeAttribute(null=True)
    phone_country = UnicodeAttribute(null=True)
    identity_keys = UnicodeSetAttribute(null=True)
    """All keys that lead here: what closing gives back."""
    identity_version = IntAttribute(default=1)
    """Counts changes of the keys: what was decided on keys as read is written only if they are still so."""

    nickname = UnicodeAttribute(null=True)
    avatar_url = UnicodeAttribute(null=True)
    gender = EnumAttribute(Gender, null=True)
    birthday = UnicodeAttribute(null=True)
    region_code = UnicodeAttribute(null=True)
    occupation = UnicodeAttribute(null=True)
    income_band = EnumAttribute(IncomeBand, null=True)
    interests = DocumentAttribute[list[str]](list[str], null=True)

    notices = Notices(default=dict)
    """The noticeboard: what higher floors want known of the member (level, tags, segments, guide, distributor)."""

    address_count = IntAttribute(default=0)
    default_address_id = UnicodeAttribute(null=True)
    consent_count = IntAttribute(default=0)

    source = DocumentAttribute[Source](Source, null=True)
    registered_at = TimeAttribute()
    closed_at = TimeAttribute(null=True)
    merged_into = UnicodeAttribute(null=True)

    @staticmethod
    def require_active(member: Member | None) -> Member:
        """*member*, if it may act.

        :raises Unauthorized: closed, merged or unknown: the token is worthless, the client logs in again.
        """
        if member is None or member.status is not MemberStatus.ACTIVE:
            raise Unauthorized()
        return member


class IdentityKey(Table):
    """``openid#<app>#<openid>``, ``unionid#<unionid>`` or ``phone#<country>#<number>`` → one member: unique by key."""

    class Meta:
        table_name = table_name("identity_keys")

    key = UnicodeAttribute(hash_key=True)
    member_id = UnicodeAttribute()


def openid_key(openid: str) -> str:
    """The key of a WeChat user of this mini program."""
    return f"openid#{settings().wechat_app_id}#{openid}"


def unionid_key(unionid: str) -> str:
    """The key of a WeChat user of the operator's Open Platform account."""
    return f"unionid#{unionid}"


def phone_key(country: str, number: str) -> str:
    """The key of a verified phone number; *country* such as ``86``."""
    return f"phone#{country}#{number}"
