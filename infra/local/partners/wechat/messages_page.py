"""The control page's part for subscribe messages, as the buyer sees them. In Chinese."""

from __future__ import annotations

from html import escape

from infra.local.partners.html import button, clock, row
from infra.local.partners.wechat.messages import Messages, MessagesState, Shown

_SHOWN, _PEOPLE = 30, 10
NOBODY = "<tr><td colspan=2 class=dim>还没有人</td></tr>"


def section(messages: Messages, state: MessagesState, openids: list[str]) -> str:
    """Its part of the page. *openids*: the people of this world, newest last."""
    templates = messages.templates()
    shown = "".join(
        _message(templates[each.template_id].title, templates[each.template_id].keywords, each)
        for each in state.shown[: -_SHOWN - 1 : -1]
    )
    people = "".join(_person(messages, openid) for openid in openids[: -_PEOPLE - 1 : -1])
    return (
        f"<h2>订阅消息</h2><table><tr><th>时间<th>收到的人<th>消息<th>打开</tr>"
        f"{shown or '<tr><td colspan=4 class=dim>还没有消息</td></tr>'}</table>"
        f"<table><tr><th>买家<th>模板（剩余次数）</tr>{people or NOBODY}</table>"
    )


def _message(title: str, labels: dict[str, str], message: Shown) -> str:
    lines = "".join(f"<br>{escape(labels[name])}：{escape(value)}" for name, value in message.data.items())
    return row([clock(message.at), escape(message.openid), f"<b>{escape(title)}</b>{lines}", escape(message.page)])


def _person(messages: Messages, openid: str) -> str:
    buttons = "".join(
        button(
            f"{escape(template.title)}（{messages.left(openid, template.id)}）同意",
            "/control/messages/ask",
            {"openid": openid, "answers": {template.id: "accept"}},
        )
        + button("关闭", "/control/messages/switch", {"openid": openid, "template_id": template.id, "on": False})
        for template in messages.templates().values()
    )
    return row([escape(openid), buttons])
