"""Members, in and out."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from chalicelib.core import clock
from chalicelib.core.schemas import Schema
from chalicelib.core.settings import settings
from chalicelib.mall.identity.members.models import Gender, IncomeBand, Member, MemberStatus, Source
from chalicelib.mall.identity.regions.schemas import RegionCode

WECHAT_IMAGE_HOSTS = ("thirdwx.qlogo.cn", "wx.qlogo.cn", "mmbiz.qpic.cn")
OLDEST = date(1900, 1, 1)


def _allowed_image(url: str) -> str:
    """Pictures come from our own media or from WeChat: nothing else is shown to other people."""
    parts = urlsplit(url)
    ours = settings().media_base_url.rstrip("/") + "/"
    if not (url.startswith(ours) or (parts.scheme == "https" and parts.netloc in WECHAT_IMAGE_HOSTS)):
        raise ValueError("a picture of this mall or of WeChat is wanted")
    return url


def _plausible_birthday(day: date) -> date:
    if not OLDEST <= day <= clock.today():
        raise ValueError("not a birthday of a living person")
    return day


def _distinct(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


Word = Annotated[str, Field(min_length=1, max_length=32, pattern=r"^[^\x00-\x1f\x7f]+$")]
ImageUrl = Annotated[
    str,
    Field(max_length=512, pattern=r"^https?://[\x21-\x7e]+$", examples=["https://thirdwx.qlogo.cn/mmopen/vi_32/132"]),
    AfterValidator(_allowed_image),
]
Birthday = Annotated[date, Field(strict=True), AfterValidator(_plausible_birthday)]
Interests = Annotated[list[Word], Field(max_length=20), AfterValidator(_distinct)]


class EditProfile(Schema):
    """A field left out stays as it is; null takes it away."""

    nickname: Word | None = None
    avatar_url: ImageUrl | None = None
    gender: Gender | None = None
    birthday: Birthday | None = None
    region_code: RegionCode | None = None
    """A province, city or county."""
    occupation: Word | None = None
    income_band: IncomeBand | None = None
    interests: Interests | None = None


class FindMembers(Schema):
    """Exactly one of the two."""

    phone: Annotated[str, Field(pattern=r"^[0-9]{5,15}$")] | None = None
    country: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,3}$")] = "86"
    """Of the phone number."""
    openid: Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[\x21-\x7e]+$")] | None = None


class OpenShell(Schema):
    """A customer known from outside the mini program."""

    phone: Annotated[str, Field(pattern=r"^[0-9]{5,15}$", examples=["13800138000"])]
    country: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,3}$")] = "86"
    nickname: Word | None = None
    gender: Gender | None = None
    birthday: Birthday | None = None


class MemberView(Schema):
    """A member, to themself."""

    id: str
    phone: str | None
    phone_country: str | None
    nickname: str | None
    avatar_url: str | None
    gender: Gender | None
    birthday: date | None
    region_code: str | None
    occupation: str | None
    income_band: IncomeBand | None
    interests: list[str]
    default_address_id: str | None
    registered_at: datetime

    @classmethod
    def of(cls, member: Member) -> MemberView:
        known = {name: getattr(member, name) for name in cls.model_fields}
        return cls.model_validate(known | {"interests": member.interests or []})


class StaffMemberView(Schema):
    """A member as staff see them."""

    id: str
    status: MemberStatus
    openid: str | None
    """With `members.private` only, as the whole phone number and the whole birthday."""
    phone: str | None
    phone_country: str | None
    nickname: str | None
    avatar_url: str | None
    gender: Gender | None
    birthday: date | None
    region_code: str | None
    occupation: str | None
    income_band: IncomeBand | None
    interests: list[str]
    notices: dict[str, Any]
    """What the mall has noted: level, tags, segments, guide, distributor."""
    source: Source | None
    registered_at: datetime
    closed_at: datetime | None
    merged_into: str | None

    @classmethod
    def of(cls, member: Member, *, private: bool) -> StaffMemberView:
        """*private*: whether the reader may see what identifies a person."""
        known = {name: getattr(member, name) for name in cls.model_fields} | {"interests": member.interests or []}
        if not private:
            known |= {"openid": None, "birthday": None, "phone": masked(member.phone) if member.phone else None}
        return cls.model_validate(known)


def masked(phone: str) -> str:
    """``13800138000`` → ``138****8000``; a short number keeps its last two digits only."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 10 else "****" + phone[-2:]
