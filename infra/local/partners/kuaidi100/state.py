"""Kuaidi100's own books."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from infra.local.partners.kuaidi100.protocol import china_time
from infra.local.partners.post import Letter

#: What people call a state → its code and the courier's word for it.
STATES = {
    "moving": ("0", "在途"),
    "collected": ("1", "揽收"),
    "problem": ("2", "疑难"),
    "signed": ("3", "签收"),
    "returned": ("4", "退签"),
    "delivering": ("5", "派件"),
    "returning": ("6", "退回"),
    "forwarded": ("7", "转投"),
    "refused": ("14", "拒签"),
}
ENDS = ("signed", "returned")


@dataclass
class Line:
    at: datetime
    text: str
    state: str
    area: str = ""


@dataclass
class Consignment:
    """A number at its courier."""

    company: str
    number: str
    lines: list[Line] = field(default_factory=list)  # newest last
    phone: str = ""  # the last four digits that open it; empty: any

    @property
    def state(self) -> str:
        return self.lines[-1].state if self.lines else "moving"


@dataclass
class Subscription:
    company: str
    number: str
    url: str
    salt: str
    status: str = "polling"
    made_at: list[datetime] = field(default_factory=list)  # the accepted ones


@dataclass(kw_only=True)
class Callback(Letter):
    number: str
    param: str
    salt: str


@dataclass
class Books:
    consignments: dict[str, Consignment] = field(default_factory=dict)  # by number
    subscriptions: dict[str, Subscription] = field(default_factory=dict)  # by number
    asked: dict[str, datetime] = field(default_factory=dict)  # number: when it was last asked for
    too_often: list[str] = field(default_factory=list)  # numbers asked for again too soon: the account is warned
    callbacks: dict[str, Callback] = field(default_factory=dict)
    unsent: list[str] = field(default_factory=list)  # ids of callbacks that wait or are being sent
    counter: int = 0


def result_document(consignment: Consignment, company: str) -> dict[str, Any]:
    """The answer to a query, and a callback's ``lastResult``: every line, newest first, all values strings."""
    code, _ = STATES[consignment.state]
    data = [
        {
            "time": china_time(line.at),
            "ftime": china_time(line.at),
            "context": line.text,
            "status": STATES[line.state][1],
            "statusCode": STATES[line.state][0],
            "areaCode": "",
            "areaName": line.area,
        }
        for line in reversed(consignment.lines)
    ]
    return {
        "message": "ok",
        "nu": consignment.number,
        "ischeck": "1" if consignment.state == "signed" else "0",
        "com": company,
        "status": "200",
        "state": code,
        "condition": "F00",
        "data": data,
    }
