"""The control page's part for message push, in Chinese."""

from __future__ import annotations

from html import escape

from infra.local.partners.faults import PUSH_FAULTS
from infra.local.partners.html import LETTER_FAULTS, LETTER_STATES, button, clock, fault_buttons, row
from infra.local.partners.wechat.pushes import Push, Pushes, PushState

_SHOWN = 50


def section(pushes: Pushes, state: PushState) -> str:
    """Its part of the page."""
    rows = "".join(map(_push, list(state.pushes.values())[: -_SHOWN - 1 : -1]))
    rows = rows or "<tr><td colspan=6 class=dim>还没有推送</td></tr>"
    faults = fault_buttons("push", PUSH_FAULTS)
    where = f"{escape(pushes.url)}（{pushes.mode}，{pushes.form}）" if pushes.url else "未填写推送地址"
    forms = "".join(
        button(f"改用{form}", "/control/pushes/address", {"url": pushes.url, "mode": pushes.mode, "form": form})
        for form in ("json", "xml")
        if pushes.url and form != pushes.form
    )
    return (
        f"<h2>消息推送</h2><p>{where} {forms}</p><p>下一个推送：{faults}</p>"
        f"<table><tr><th>编号<th>事件<th>状态<th>故障<th>各次应答<th></tr>{rows}</table>"
    )


def _push(push: Push) -> str:
    answers = "、".join(f"{clock(a.at)} {a.status or '无应答'}" for a in push.attempts)
    cells = [
        escape(push.id),
        escape(push.event),
        LETTER_STATES[push.state],
        LETTER_FAULTS.get(push.fault, ""),
        answers + (f" {escape(push.reply)}" if push.reply else ""),
        button("重放原包", "/control/pushes/replay", {"id": push.id}) if push.last else "",
    ]
    return row(cells)
