"""Tables of notifications: what staff map, what members have agreed to, what was sent."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel
from pynamodb.attributes import BooleanAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.core.states import Steps
from chalicelib.core.tables import DocumentAttribute, EnumAttribute, IntAttribute, Table, TimeAttribute, table_name


class Field(BaseModel):
    """What stands in a keyword of a template: a variable of the kind, or a fixed text."""

    keyword: str
    variable: str | None = None
    text: str | None = None


class Said(BaseModel):
    """What a message was told of, before a template cut it to keywords: for sending it again by a mended one."""

    values: dict[str, int | str] = {}
    """Times as text."""
    links: dict[str, str] = {}


class MessageTemplate(Table):
    """The template of the shop's WeChat account through which a kind is told."""

    class Meta:
        table_name = table_name("message_templates")

    kind = UnicodeAttribute(hash_key=True)
    template_id = UnicodeAttribute()
    page = UnicodeAttribute()
    fields = DocumentAttribute[list[Field]](list[Field])
    enabled = BooleanAttribute(default=True)
    updated_at = TimeAttribute()
    updated_by = UnicodeAttribute()


class MessageQuota(Table):
    """How many messages of a template a member can be sent."""

    class Meta:
        table_name = table_name("message_quotas")

    member_id = UnicodeAttribute(hash_key=True)
    template_id = UnicodeAttribute(range_key=True)
    left = IntAttribute(default=0)
    accepted = IntAttribute(default=0)
    used = IntAttribute(default=0)
    unpaired = IntAttribute(default=0)
    """Acceptances told of by one side only: above zero by the phone, below by WeChat."""
    unpaired_at = TimeAttribute(null=True)
    refused_at = TimeAttribute(null=True)
    """When WeChat last said that there is none."""
    version = IntAttribute(default=0)
    """Counts changes: what was decided on the row as read is written only if it is still so."""


class MessageStatus(StrEnum):
    """What became of a message."""

    WAITING = "waiting"
    SENDING = "sending"
    """WeChat is being called, or the process died while it was."""
    SENT = "sent"
    REFUSED = "refused"
    """WeChat says that the member has not agreed."""
    FAILED = "failed"
    """It was certainly not sent."""
    UNCERTAIN = "uncertain"
    """It may have been sent: it is not sent again."""
    SKIPPED = "skipped"
    """Nothing was called; ``code`` says why."""
    UNDELIVERED = "undelivered"
    """WeChat took it, and reports that it did not reach the phone."""


STEPS = Steps(
    {
        MessageStatus.WAITING: [MessageStatus.SENDING, MessageStatus.SKIPPED],
        MessageStatus.SENDING: [
            MessageStatus.SENT,
            MessageStatus.REFUSED,
            MessageStatus.FAILED,
            MessageStatus.UNCERTAIN,
            MessageStatus.WAITING,
        ],
        MessageStatus.SENT: [MessageStatus.UNDELIVERED],
        MessageStatus.FAILED: [MessageStatus.WAITING],
    }
)


class ByDay(GlobalSecondaryIndex["Message"]):
    class Meta:
        index_name = "by_day"
        projection = KeysOnlyProjection()

    day = UnicodeAttribute(hash_key=True)
    made_at = TimeAttribute(range_key=True)


class Message(Table):
    """One notice to one member: what was in it, and what became of it."""

    class Meta:
        table_name = table_name("messages")

    member_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    """See :func:`message_id`."""
    kind = UnicodeAttribute()
    status = EnumAttribute(MessageStatus)
    code = UnicodeAttribute(null=True)
    """Why: WeChat's code, or a word of ours."""
    template_id = UnicodeAttribute()
    page = UnicodeAttribute(null=True)
    data = DocumentAttribute[dict[str, str]](dict[str, str], default=dict)
    """Keyword → value, as it goes to WeChat."""
    said = DocumentAttribute[Said](Said, null=True)
    day = UnicodeAttribute()
    """Business day of the event, ``2026-11-24``."""
    made_at = TimeAttribute()
    ended_at = TimeAttribute(null=True)
    resent_at = TimeAttribute(null=True)
    """When staff last said that it is to be sent again."""
    attempts = IntAttribute(default=0)
    """How often WeChat could certainly not be reached."""
    number = UnicodeAttribute(null=True)
    """WeChat's own."""
    expires_at = IntAttribute()

    by_day = ByDay()


class MessageDay(Table):
    """How many messages of a kind ended how, of a business day; sharded, so that a rush does not meet on one item."""

    class Meta:
        table_name = table_name("message_days")

    day = UnicodeAttribute(hash_key=True)
    shard = UnicodeAttribute(range_key=True)
    """``kind#3``."""
    sent = IntAttribute(default=0)
    refused = IntAttribute(default=0)
    failed = IntAttribute(default=0)
    uncertain = IntAttribute(default=0)
    skipped = IntAttribute(default=0)
    undelivered = IntAttribute(default=0)


def message_id(kind: str, group: str, subject: str = "") -> str:
    """The same for the same kind about the same thing. *group* comes first: messages of an order stand together."""
    return f"{group}-{kind}-{subject}" if subject else f"{group}-{kind}"


def group_of(message: Message) -> str:
    """The *group* in a message's id."""
    group: str = message.id.partition(f"-{message.kind}")[0]
    return group
