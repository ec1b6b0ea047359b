"""What is being checked, and the pictures that WeChat is looking at."""

from __future__ import annotations

from enum import StrEnum

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute, UnicodeSetAttribute

from chalicelib.core.states import Steps
from chalicelib.core.tables import DocumentAttribute, EnumAttribute, IntAttribute, Table, TimeAttribute, table_name


class CheckStatus(StrEnum):
    """How far a check is."""

    WAITING = "waiting"
    PASSED = "passed"
    REVIEW = "review"
    """A person has to look."""
    RISKY = "risky"
    UNREACHABLE = "unreachable"
    """WeChat could not be asked for days."""


STEPS = Steps({CheckStatus.WAITING: [each for each in CheckStatus if each is not CheckStatus.WAITING]})


class ContentCheck(Table):
    """One piece of content on its way through WeChat's check. The content goes with the verdict."""

    class Meta:
        table_name = table_name("content_checks")

    id = UnicodeAttribute(hash_key=True)
    subject = UnicodeAttribute()
    """Whose content it is, in the words of its feature: ``review/mem_…/ord_…-0/main``."""
    member_id = UnicodeAttribute()
    scene = IntAttribute()
    status = EnumAttribute(CheckStatus, default=CheckStatus.WAITING)
    text = UnicodeAttribute(null=True)
    text_passed = BooleanAttribute(default=False)
    pictures = DocumentAttribute[list[str]](list[str], default=list)
    passed = UnicodeSetAttribute(null=True)
    """Pictures that WeChat has nothing against."""
    attempts = IntAttribute(default=0)
    made_at = TimeAttribute()
    expires_at = IntAttribute()


class PictureCheck(Table):
    """A picture that WeChat looks at. The question and the verdict may be written in any order."""

    class Meta:
        table_name = table_name("picture_checks")

    trace_id = UnicodeAttribute(hash_key=True)
    check_id = UnicodeAttribute(null=True)
    picture = UnicodeAttribute(null=True)
    suggestion = UnicodeAttribute(null=True)
    expires_at = IntAttribute()
