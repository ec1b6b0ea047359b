"""Asking WeChat what it thinks of content. Promise and algorithm: docs/algorithms/moderation.md."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta

from pynamodb.expressions.update import Action

from chalicelib.core import clock, ids, states
from chalicelib.core.http import PartnerError
from chalicelib.core.transaction import Transaction
from chalicelib.gateways.wechat import content
from chalicelib.gateways.wechat.content import Scene, Suggestion
from chalicelib.gateways.wechat.errors import QuotaUsedUp, WeChatMisconfigured
from chalicelib.mall.identity.members.models import Member
from chalicelib.mall.moderation.errors import AlreadyJudged, CheckBegun
from chalicelib.mall.moderation.events import CheckContent, ContentJudged, PictureHeard, PicturePassed
from chalicelib.mall.moderation.models import STEPS, CheckStatus, ContentCheck, PictureCheck
from chalicelib.mall.pushes.schemas import Push

log = logging.getLogger(__name__)

KEEP = timedelta(days=30)
PATIENCE = timedelta(minutes=10)
"""A picture's verdict that has not come by then is asked for again."""
PAUSES = tuple(timedelta(minutes=each) for each in (5, 30, 120, 360, 720, 1440, 1440))
"""Between one try and the next; after the last one, staff are left alone with it."""
_STATUS = {Suggestion.REVIEW: CheckStatus.REVIEW, Suggestion.RISKY: CheckStatus.RISKY}


def begin(
    tx: Transaction, subject: str, *, member_id: str, scene: Scene, text: str, pictures: Sequence[str] = ()
) -> None:
    """Add to *tx* that this content is checked; :class:`ContentJudged` tells of it. Each subject once.

    :param subject: names the content; its feature knows it by its beginning. :param pictures: addresses that WeChat can
        fetch. :raises CheckBegun: (at commit) it is being checked.
    """
    now = clock.now()
    check = ContentCheck(
        id=ids.derive("chk", subject),
        subject=subject,
        member_id=member_id,
        scene=int(scene),
        text=text or None,
        text_passed=not text,
        pictures=list(pictures),
        made_at=now,
        expires_at=int((now + KEEP).timestamp()),
    )
    tx.put(check, only_if=ContentCheck.id.does_not_exist(), otherwise=CheckBegun())
    tx.emit(CheckContent(check_id=check.id))


def ask(tx: Transaction, check_id: str, attempt: int) -> None:
    """Ask WeChat what is not known yet: the words first, then each picture. Asking twice is harmless."""
    check = ContentCheck.find(check_id, consistent=True)
    if check is None or check.status is not CheckStatus.WAITING or check.attempts != attempt:
        return
    member = Member.find(check.member_id, consistent=True)
    if member is None or not member.openid:
        _conclude(tx, check, CheckStatus.REVIEW)
        return
    try:
        _ask(tx, check, member.openid)
    except PartnerError as error:
        _after_failure(tx, check, error)


def _ask(tx: Transaction, check: ContentCheck, openid: str) -> None:
    scene = Scene(check.scene)
    if not check.text_passed and check.text:
        suggestion = content.check_text(openid, scene, check.text)
        if suggestion is not Suggestion.PASS:
            _conclude(tx, check, _STATUS[suggestion])
            return
    unknown = [each for each in check.pictures if each not in (check.passed or ())]
    if not unknown:
        _conclude(tx, check, CheckStatus.PASSED)
        return
    traces = {content.check_picture(openid, scene, each): each for each in unknown}
    for trace_id, picture in traces.items():
        _note(tx, trace_id, PictureCheck.check_id.set(check.id), PictureCheck.picture.set(picture))
    if check.attempts == len(PAUSES):
        _give_up(tx, check)
        return
    if check.attempts:
        # It was asked before, and no verdict came.
        tx.emit(ContentJudged(subject=check.subject, verdict=CheckStatus.UNREACHABLE))
    pause = max(PATIENCE, PAUSES[check.attempts])
    _try_again(tx, check, pause, ContentCheck.text_passed.set(True))


def _after_failure(tx: Transaction, check: ContentCheck, error: PartnerError) -> None:
    if not (error.retryable or isinstance(error, (QuotaUsedUp, WeChatMisconfigured))):
        _conclude(tx, check, CheckStatus.REVIEW)  # WeChat will not look at it: a person has to
    elif check.attempts == len(PAUSES):
        _give_up(tx, check)
    else:
        if not check.attempts:
            tx.emit(ContentJudged(subject=check.subject, verdict=CheckStatus.UNREACHABLE))
        _try_again(tx, check, PAUSES[check.attempts])


def _try_again(tx: Transaction, check: ContentCheck, pause: timedelta, *actions: Action) -> None:
    tx.update(
        ContentCheck(id=check.id),
        [ContentCheck.attempts.set(check.attempts + 1), *actions],
        only_if=(ContentCheck.status == CheckStatus.WAITING) & (ContentCheck.attempts == check.attempts),
        otherwise=AlreadyJudged(),
    )
    tx.emit(CheckContent(check_id=check.id, attempt=check.attempts + 1), at=clock.now() + pause)


def _give_up(tx: Transaction, check: ContentCheck) -> None:
    log.error("content was never checked", extra={"alarm": True, "check_id": check.id})
    _conclude(tx, check, CheckStatus.UNREACHABLE)


def _conclude(tx: Transaction, check: ContentCheck, status: CheckStatus) -> None:
    states.move(
        tx,
        ContentCheck(id=check.id),
        ContentCheck.status,
        STEPS,
        status,
        ContentCheck.text.remove(),
        ContentCheck.pictures.set([]),
        ContentCheck.passed.remove(),
        otherwise=AlreadyJudged(),
    )
    tx.emit(ContentJudged(subject=check.subject, verdict=status))


def hear_picture(push: Push, tx: Transaction) -> None:
    """WeChat has looked at a picture. Registered with pushes."""
    trace_id = push.text("trace_id")
    if trace_id:
        _note(tx, trace_id, PictureCheck.suggestion.set(content.verdict(push.document)))


def _note(tx: Transaction, trace_id: str, *actions: Action) -> None:
    # WeChat may be quicker with the verdict than we with our own note: whoever comes second finds both.
    keep = PictureCheck.expires_at.set(int((clock.now() + KEEP).timestamp()))
    tx.update(PictureCheck(trace_id=trace_id), [*actions, keep])
    tx.emit(PictureHeard(trace_id=trace_id))


def take(tx: Transaction, trace_id: str) -> None:
    """Draw the consequence, once the question and the verdict are both written down."""
    heard = PictureCheck.find(trace_id, consistent=True)
    if heard is None or heard.check_id is None or heard.picture is None or heard.suggestion is None:
        return
    check = ContentCheck.find(heard.check_id, consistent=True)
    if check is None or check.status is not CheckStatus.WAITING:
        return
    suggestion = Suggestion(heard.suggestion)
    if suggestion is not Suggestion.PASS:
        _conclude(tx, check, _STATUS[suggestion])
        return
    tx.update(
        ContentCheck(id=check.id),
        [ContentCheck.passed.add({heard.picture})],
        only_if=ContentCheck.status == CheckStatus.WAITING,
        otherwise=AlreadyJudged(),
    )
    tx.emit(PicturePassed(check_id=check.id))


def settle(tx: Transaction, check_id: str) -> None:
    """All of it has passed, if the last picture has."""
    check = ContentCheck.find(check_id, consistent=True)
    if check is None or check.status is not CheckStatus.WAITING or not check.text_passed:
        return
    if set(check.pictures) <= (check.passed or set()):
        _conclude(tx, check, CheckStatus.PASSED)
