"""Chats in WeChat's customer service, and their lines."""

from __future__ import annotations

from enum import StrEnum

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.core.states import Steps
from chalicelib.core.tables import EnumAttribute, IntAttribute, Table, TimeAttribute, table_name


class Desk(StrEnum):
    """Whether staff have something to do."""

    WAITING = "waiting"
    ANSWERED = "answered"


class LineStatus(StrEnum):
    """What became of a line. What buyers write is ``received``."""

    RECEIVED = "received"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    """It may be on the phone: WeChat did not say."""


STEPS = Steps({LineStatus.SENDING: [LineStatus.SENT, LineStatus.FAILED, LineStatus.UNCERTAIN]})


class ByDesk(GlobalSecondaryIndex["Chat"]):
    class Meta:
        index_name = "by_desk"
        projection = AllProjection()

    desk = EnumAttribute(Desk, hash_key=True)
    moved_at = TimeAttribute(range_key=True)


class ByMember(GlobalSecondaryIndex["Chat"]):
    class Meta:
        index_name = "by_member"
        projection = KeysOnlyProjection()

    member_id = UnicodeAttribute(hash_key=True)


class Chat(Table):
    """A person's chat with the shop; of a member, if they ever logged in."""

    class Meta:
        table_name = table_name("chats")

    openid = UnicodeAttribute(hash_key=True)
    member_id = UnicodeAttribute(null=True)
    desk = EnumAttribute(Desk)
    moved_at = TimeAttribute()
    open_until = TimeAttribute()
    """Until when WeChat lets the shop answer…"""
    answers_left = IntAttribute(default=0)
    """…and how often."""
    expires_at = IntAttribute()

    by_desk = ByDesk()
    by_member = ByMember()


class ChatLine(Table):
    """One line of a chat."""

    class Meta:
        table_name = table_name("chat_lines")

    openid = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    kind = UnicodeAttribute()
    """``text``, ``image``, ``card``, or what else WeChat brings."""
    text = UnicodeAttribute(null=True)
    picture = UnicodeAttribute(null=True)
    """Where WeChat keeps it, for three days."""
    name = UnicodeAttribute(null=True)
    """Of the member of staff who wrote; null: the buyer did."""
    status = EnumAttribute(LineStatus)
    code = UnicodeAttribute(null=True)
    """Why it failed."""
    at = TimeAttribute()
    expires_at = IntAttribute()
