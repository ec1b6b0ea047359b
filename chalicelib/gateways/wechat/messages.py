"""Subscribe messages: one call, one message on a phone, if its owner has agreed to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.core.http import PartnerBroken, PartnerRefused
from chalicelib.core.settings import settings
from chalicelib.gateways.wechat import client
from chalicelib.gateways.wechat.errors import (
    MessageInvalid,
    MessageMisconfigured,
    MessageNotAgreed,
    PersonUnknown,
)

_KINDS: dict[str, type[PartnerRefused]] = {
    "40003": PersonUnknown,
    "40037": MessageMisconfigured,
    "41030": MessageMisconfigured,
    "43101": MessageNotAgreed,
    "47003": MessageInvalid,
}
_KEYWORD = re.compile(r"([^\n{}]*?)[:：]?\s*\{\{\s*([a-z_]+[0-9]+)\.DATA\s*\}\}")
_STATES = {"release": "formal", "trial": "trial", "develop": "developer"}


def send(openid: str, template_id: str, page: str | None, data: Mapping[str, str]) -> str:
    """Send a message. WeChat takes no number of ours: the same again is a second message.

    :param page: of the mini-program, with its query; None: the message opens nothing. :param data: keyword → value.
    :returns: WeChat's number of the message, empty if it gave none.
    :raises MessageNotAgreed: no acceptance is left. :raises MessageInvalid: a value breaks its type's rule.
    :raises MessageMisconfigured: template or page is wrong. :raises PersonUnknown: no such openid.
    :raises PartnerError: WeChat can not be asked; see ``may_have_happened``.
    """
    document: dict[str, Any] = {
        "touser": openid,
        "template_id": template_id,
        "miniprogram_state": _STATES[settings().mini_program_version],
        "lang": "zh_CN",
        "data": {keyword: {"value": value} for keyword, value in data.items()},
    }
    if page:
        document["page"] = page
    try:
        answer = client.post_with_token("/cgi-bin/message/subscribe/send", document, idempotent=False)
    except PartnerRefused as error:
        kind = _KINDS.get(error.partner_code)
        if kind is None:
            raise
        raise kind(
            client.PARTNER, partner_code=error.partner_code, reason=error.reason, http_status=error.http_status
        ) from None
    return str(answer.get("msgid") or "")[:40]


@dataclass(frozen=True, slots=True)
class AccountTemplate:
    """A template that the shop has chosen from WeChat's library."""

    id: str
    title: str
    keywords: dict[str, str]
    """``thing1`` → the word beside it."""
    once: bool
    """One acceptance is one message; otherwise it is long-term, for other trades than ours."""
    words: dict[str, list[str]]
    """``enum1`` → the only values that it takes."""


def templates() -> list[AccountTemplate]:
    """The templates of the shop's account, at most 25.

    :raises PartnerError: WeChat can not be asked.
    """
    listed = client.get_with_token("/wxaapi/newtmpl/gettemplate").get("data")
    if not isinstance(listed, list):
        raise PartnerBroken(client.PARTNER, reason="no list of templates")
    return [_template(each) for each in listed if isinstance(each, dict)]


def _template(given: Mapping[str, Any]) -> AccountTemplate:
    listed = given.get("keywordEnumValueList") or []
    words = {str(each.get("keywordCode", "")).removesuffix(".DATA"): each.get("enumValueList") or [] for each in listed}
    return AccountTemplate(
        id=str(given.get("priTmplId", "")),
        title=str(given.get("title", "")),
        keywords={name: label.strip() for label, name in _KEYWORD.findall(str(given.get("content", "")))},
        once=given.get("type") == 2,
        words=words,
    )
