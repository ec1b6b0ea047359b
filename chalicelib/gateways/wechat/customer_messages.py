"""Customer-service messages: what the shop answers in WeChat's own chat.

Source: ``customerServiceMessage.send`` of the official documentation. A person's message opens a window of 48 hours for
five answers; entering the chat one of a minute for two.
"""

from __future__ import annotations

from chalicelib.core.http import PartnerRefused
from chalicelib.gateways.wechat import client
from chalicelib.gateways.wechat.errors import AnswersUsedUp, PersonUnknown, WindowClosed

_KINDS: dict[str, type[PartnerRefused]] = {"40003": PersonUnknown, "45015": WindowClosed, "45047": AnswersUsedUp}


def send_text(openid: str, text: str) -> None:
    """Answer with *text*. WeChat takes no number of ours: the same again is a second message.

    :raises WindowClosed: they wrote more than 48 hours ago. :raises AnswersUsedUp: five were sent since.
    :raises PersonUnknown: no such openid. :raises PartnerError: WeChat can not be asked; see ``may_have_happened``.
    """
    document = {"touser": openid, "msgtype": "text", "text": {"content": text}}
    try:
        client.post_with_token("/cgi-bin/message/custom/send", document, idempotent=False)
    except PartnerRefused as error:
        kind = _KINDS.get(error.partner_code)
        if kind is None:
            raise
        raise kind(
            client.PARTNER, partner_code=error.partner_code, reason=error.reason, http_status=error.http_status
        ) from None
