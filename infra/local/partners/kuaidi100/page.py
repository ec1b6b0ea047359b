"""The control page's part for parcels, in Chinese."""

from __future__ import annotations

from html import escape

from infra.local.partners.faults import CALLBACK_FAULTS
from infra.local.partners.html import LETTER_STATES, button, clock, fault_buttons, row
from infra.local.partners.kuaidi100.state import STATES, Books, Callback, Consignment

_SHOWN = 50


def section(books: Books) -> str:
    """Its part of the page."""
    shown = {**{s.number: Consignment(s.company, s.number) for s in books.subscriptions.values()}, **books.consignments}
    rows = "".join(_parcel(books, each) for each in list(shown.values())[: -_SHOWN - 1 : -1])
    rows = rows or "<tr><td colspan=6 class=dim>还没有运单</td></tr>"
    faults = fault_buttons("callback", CALLBACK_FAULTS)
    often = f'<span class="bad">查询过于频繁{len(books.too_often)}次</span>' if books.too_often else ""
    return (
        f"<h2>运单（快递100）</h2><p>下一个推送：{faults} {often}</p>"
        f"<table><tr><th>快递公司<th>运单号<th>订阅<th>最新轨迹<th>推送<th>快递员</tr>{rows}</table>"
    )


def _parcel(books: Books, parcel: Consignment) -> str:
    subscription = books.subscriptions.get(parcel.number)
    number = {"number": parcel.number, "company": parcel.company}
    buttons = "".join(
        button(label, "/control/parcels/move", {**number, "state": state}, main=state == "signed")
        for state, (_, label) in STATES.items()
    )
    quiet = {**number, "state": "moving", "silently": True}
    buttons += button("在途（不推送）", "/control/parcels/move", quiet)
    if subscription:
        buttons += button("再推送", "/control/parcels/tell-again", {"number": parcel.number})
        buttons += button("中止跟踪", "/control/parcels/abort", {"number": parcel.number})
    newest = parcel.lines[-1] if parcel.lines else None
    cells = [
        escape(parcel.company),
        escape(parcel.number),
        escape(subscription.status) if subscription else "未订阅",
        f"{clock(newest.at)} {escape(newest.text)}" if newest else "",
        _callbacks([each for each in books.callbacks.values() if each.number == parcel.number]),
        buttons,
    ]
    return row(cells)


def _callbacks(callbacks: list[Callback]) -> str:
    return "、".join(LETTER_STATES[each.state] for each in callbacks[-3:])
