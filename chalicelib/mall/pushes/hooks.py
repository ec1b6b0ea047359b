"""Where WeChat pushes what happens in its world: messages of buyers, answers to questions, shipping, settlement."""

from __future__ import annotations

from chalicelib.core import clock
from chalicelib.core.api import Api, RawResponse, Request
from chalicelib.gateways.wechat import pushes
from chalicelib.gateways.wechat.errors import (
    ForeignPush,
    ForgedPush,
    MalformedPush,
    PushesOff,
    PushTooLarge,
    StalePush,
    UnreadablePush,
)
from chalicelib.mall.pushes import service

api = Api("wechat_pushes", title="推送 Pushes (partners)")

SUCCESS = "success"


@api.get("/hooks/wechat", raises=[PushesOff, ForgedPush, StalePush, MalformedPush])
def prove_address(request: Request) -> RawResponse:
    """Prove to WeChat that this address is ours: asked once, when it is entered in the console.

    Answers the bare `echostr` of a request signed with our token.
    """
    return _plain(pushes.check_url(_query(request), clock.now()))


@api.post(
    "/hooks/wechat",
    raises=[PushesOff, ForgedPush, StalePush, ForeignPush, MalformedPush, PushTooLarge, UnreadablePush],
)
def hear_wechat(request: Request) -> RawResponse:
    """Take a push of WeChat, JSON or XML, encrypted (if an AES key is set) or plain (if none is).

    Answers `success`, or what a feature replies, encrypted if the push was. What is answered otherwise, or not within
    five seconds, WeChat sends up to three times more; it is heard once.
    """
    letter = pushes.open_push(_query(request), request.body, clock.now())
    push = service.read(letter.document)
    service.hear(push)
    reply = service.reply_to(push)
    if reply is None:
        return _plain(SUCCESS)
    body, content_type = pushes.answer(reply, letter, clock.now())
    return RawResponse(body, content_type=content_type)


def _query(request: Request) -> dict[str, str]:
    return {name: values[-1] for name, values in request.query.items() if values}


def _plain(text: str) -> RawResponse:
    return RawResponse(text, content_type="text/plain; charset=utf-8", headers={"X-Content-Type-Options": "nosniff"})
