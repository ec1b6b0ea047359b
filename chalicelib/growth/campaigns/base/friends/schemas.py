"""Friends and shares, in and out."""

from __future__ import annotations

from pydantic import ConfigDict

from chalicelib.core.schemas import Id, Schema
from chalicelib.mall.identity.members.models import Member, MemberStatus
from chalicelib.mall.posters.schemas import PosterView

NOBODY = "好友"


class Face(Schema):
    """A member as friends see them."""

    nickname: str
    avatar_url: str | None

    @classmethod
    def of(cls, member: Member | None) -> Face:
        """A member who has left has no name."""
        if member is None or member.status is not MemberStatus.ACTIVE:
            return cls(nickname=NOBODY, avatar_url=None)
        return cls(nickname=member.nickname or NOBODY, avatar_url=member.avatar_url)


class AskShare(Schema):
    """``POST /…/shares``."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"poster": True}]})

    poster: bool = False
    """With a picture to send on."""
    template_id: Id | None = None
    """Of the poster; null: the default."""


class ShareView(Schema):
    """How to share it: visitors are known to come from the caller."""

    code: str
    path: str
    """To share as a card, or to open."""
    poster: PosterView | None
    """While ``pending``, ask `GET /posters/{poster_id}`."""
