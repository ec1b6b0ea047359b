"""The control page's part for content security. In Chinese."""

from __future__ import annotations

from html import escape

from infra.local.partners.html import button, clock, row
from infra.local.partners.wechat.content import ContentState, Looked

_SHOWN = 30
_SUGGESTIONS = {"pass": "通过", "review": "需人工", "risky": "违规", "broken": "无法读取"}


def section(state: ContentState) -> str:
    """Its part of the page."""
    rows = "".join(map(_looked, state.looked[: -_SHOWN - 1 : -1])) or "<tr><td colspan=4 class=dim>还没有检测</td></tr>"
    words = "、".join(f"{escape(part)}：{_SUGGESTIONS[suggest]}" for part, suggest in state.words.items())
    label = "图片结果照常推送" if state.silent else "图片结果先不推送"
    mode = button(label, "/control/content/keep-back", {"silent": not state.silent})
    return (
        f"<h2>内容安全</h2><p>敏感词：{words} {mode}</p><table><tr><th>时间<th>买家<th>内容<th>建议</tr>{rows}</table>"
    )


def _looked(looked: Looked) -> str:
    return row([clock(looked.at), escape(looked.openid), escape(looked.content[:120]), _SUGGESTIONS[looked.suggest]])
