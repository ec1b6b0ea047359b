"""A list taken out as one file: a kind of export. Rules: docs/algorithms/audiences.md; the machine: mall/exports."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import Any

from chalicelib.core import clock
from chalicelib.core.once import Once
from chalicelib.loyalty.segments.audiences import service as audiences
from chalicelib.loyalty.segments.audiences.errors import AudienceEmptyYet
from chalicelib.loyalty.segments.audiences.exports.schemas import ExportAudience, Question
from chalicelib.loyalty.segments.audiences.models import Hashing, Identifier
from chalicelib.mall.exports import service as exports
from chalicelib.mall.exports.errors import SourceGone
from chalicelib.mall.exports.models import SheetFormat
from chalicelib.mall.exports.schemas import Asked, Column, DataExportView, Row, Wish
from chalicelib.mall.identity.members.models import Member
from chalicelib.mall.identity.privacy.models import Scene
from chalicelib.mall.identity.service import Staff


class AudienceMembers:
    """``audiences``. Its one day is that on which the list was begun; a page is a piece of the list."""

    title = "人群包"
    permission = "audiences.export"
    states = frozenset[str]()
    by_days = False
    columns = (Column("标识"),)

    def page(self, asked: Asked, day: date, inner: Any) -> tuple[list[Row], Any]:
        """Whoever closed the account or took a consent back since the list was made is left out.

        :raises SourceGone: the list is over.
        """
        question, part = Question.model_validate(asked.question), inner or 0
        try:
            made = audiences.stored(question.audience_id, question.number)
            listed = audiences.part_of(made, part)
        except AudienceEmptyYet:
            raise SourceGone() from None
        rows: list[Row] = [(each,) for each in _values(question, listed)]
        return rows, part + 1 if part + 1 < made.step else None


def create(audience_id: str, asked: ExportAudience, key: str, staff: Staff) -> DataExportView:
    """Ask for a file; once per *key*.

    :raises AudienceNotFound: :raises AudienceEmptyYet: there is no such list, or it is over.
    :raises Forbidden: they may not take audiences out. :raises TooManyDataExports: :raises KeyReused:
    """

    def wish() -> Wish:
        made = audiences.ready(audiences.load(audience_id), asked.number)
        question = Question(
            audience_id=audience_id, number=int(made.number), identifier=asked.identifier, hashing=asked.hashing
        )
        day = clock.business_day(made.started_at)
        return Wish(
            "audiences",
            SheetFormat.LINES,
            day,
            day,
            question=question.model_dump(mode="json"),
            purpose=asked.reason,
            expected=made.kept,
        )

    return exports.ask(wish, Once(staff.staff_id, f"export_audience/{audience_id}", key, asked), staff)


def identifier_of(member: Member, identifier: Identifier) -> str | None:
    """As ad platforms hash it: a mainland number is its eleven digits, another one has its country's code."""
    if identifier is Identifier.MEMBER_ID:
        return str(member.id)
    if identifier is not Identifier.PHONE:
        return member.openid if identifier is Identifier.OPENID else member.unionid
    if not member.phone:
        return None
    digits = "".join(each for each in member.phone if each.isascii() and each.isdigit())
    return digits if member.phone_country == "86" else f"{member.phone_country or ''}{digits}"


def hashed(text: str, hashing: Hashing) -> str:
    """Hexadecimal, small letters; without a salt, or the platform could not match it."""
    if hashing is Hashing.NONE:
        return text
    if hashing is Hashing.MD5:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    return hashlib.sha256(text.encode()).hexdigest()


def _values(question: Question, member_ids: Sequence[str]) -> list[str]:
    # Hashed identifiers go to others: the law wants a consent of its own for that.
    scenes = [Scene.MARKETING] + ([] if question.identifier is Identifier.MEMBER_ID else [Scene.SHARING])
    _, willing = audiences.sift(member_ids, *scenes)
    found = [identifier_of(each, question.identifier) for each in willing]
    return [hashed(each, question.hashing) for each in found if each]
