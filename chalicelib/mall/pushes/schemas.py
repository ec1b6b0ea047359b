"""What a feature gets of a push."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.core.transaction import Transaction

MAX_TEXT = 200


@dataclass(frozen=True, slots=True)
class Push:
    """One push, verified and heard for the first time."""

    event: str
    """``Event`` of an event (``trade_manage_order_settlement``), else the message's ``MsgType`` (``text``)."""
    openid: str
    """Who or what it comes from: for what people do, their openid."""
    at: datetime
    document: Mapping[str, Any]
    """The whole message as WeChat wrote it."""

    def text(self, name: str) -> str:
        """A short value of the document as text, as XML has it and JSON not always; empty if there is none."""
        value = self.document.get(name)
        return str(value)[:MAX_TEXT] if isinstance(value, (str, int)) else ""


#: ``(push, tx)``: what it writes to *tx* happens once, however often WeChat repeats the push. It calls no partner:
#: WeChat waits five seconds. The map ``wechat_pushes`` in extensions.py says which event goes to whom.
Handler = Callable[[Push, Transaction], None]

#: What a push is answered with instead of ``success``: a document (``{"MsgType": "transfer_customer_service", …}``)
#: or None. It looks and writes nothing, for it is asked again when WeChat repeats the push. The map ``wechat_replies``.
Reply = Callable[[Push], Mapping[str, Any] | None]
