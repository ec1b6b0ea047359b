"""Content security: WeChat looks at what members write and show, before others see it.

Sources: ``msgSecCheck`` (version 2) and ``mediaCheckAsync`` (version 2) of the official documentation. Words are judged
at once, 4,000 times a minute; a picture (10 MB at most) is only taken, and its verdict comes as a push,
``wxa_media_check``, 2,000 times a minute.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from typing import Any

from chalicelib.core.http import PartnerBroken, PartnerRefused
from chalicelib.gateways.wechat import client
from chalicelib.gateways.wechat.errors import PersonAway, PersonUnknown

MAX_TEXT = 2500
_IMAGE, _VERSION = 2, 2
_KINDS: dict[str, type[PartnerRefused]] = {"40003": PersonUnknown, "61010": PersonAway}


class Scene(IntEnum):
    """Where it will be seen."""

    PROFILE = 1
    COMMENT = 2
    FORUM = 3
    SOCIAL = 4


class Suggestion(StrEnum):
    """What WeChat suggests to do with it."""

    PASS = "pass"  # noqa: S105
    REVIEW = "review"
    """A person should look."""
    RISKY = "risky"


def check_text(openid: str, scene: Scene, text: str) -> Suggestion:
    """What WeChat thinks of *text*, at most :data:`MAX_TEXT` characters. Asking twice is harmless.

    :raises PersonAway: its writer has not been in the mini-program for two hours.
    :raises PersonUnknown: no such openid. :raises PartnerError: WeChat can not be asked.
    """
    document = {"version": _VERSION, "openid": openid, "scene": int(scene), "content": text}
    return _suggestion(_post("/wxa/msg_sec_check", document))


def check_picture(openid: str, scene: Scene, url: str) -> str:
    """Ask WeChat to look at the picture under *url*. Returns the trace id that the verdict's push will carry.

    Asked twice, it is looked at twice, under two trace ids. Raises as :func:`check_text`.
    """
    document = {
        "version": _VERSION,
        "openid": openid,
        "scene": int(scene),
        "media_url": url,
        "media_type": _IMAGE,
    }
    trace_id = _post("/wxa/media_check_async", document).get("trace_id")
    if not isinstance(trace_id, str) or not trace_id:
        raise PartnerBroken(client.PARTNER, reason="no trace_id in the reply")
    return trace_id


def verdict(push: Mapping[str, Any]) -> Suggestion:
    """What a push ``wxa_media_check`` says. A picture that WeChat could not fetch or read is one for a person."""
    if str(push.get("errcode", "0")) != "0":
        return Suggestion.REVIEW
    try:
        return _suggestion(push)
    except PartnerBroken:
        return Suggestion.REVIEW


def _post(path: str, document: dict[str, Any]) -> dict[str, Any]:
    try:
        return client.post_with_token(path, document, idempotent=True)
    except PartnerRefused as error:
        kind = _KINDS.get(error.partner_code)
        if kind is None:
            raise
        raise kind(
            client.PARTNER, partner_code=error.partner_code, reason=error.reason, http_status=error.http_status
        ) from None


def _suggestion(document: Mapping[str, Any]) -> Suggestion:
    result = document.get("result")
    try:
        return Suggestion(result["suggest"])  # type: ignore[index]
    except (TypeError, KeyError, ValueError):
        raise PartnerBroken(client.PARTNER, reason="no suggestion in the reply") from None
