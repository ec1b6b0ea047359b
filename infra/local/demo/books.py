"""What the owner sees in the morning: the bill against the books, balances against entries; and orders as a file."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.request import urlopen

from infra.local.demo.browser import Browser, Unexpected, wait
from infra.local.demo.teller import Teller, yuan


@dataclass
class Books:
    """The staff's desk."""

    teller: Teller
    staff: Browser

    def play(self, day: date, foreign: str | None) -> None:
        """:param day: it is over. :param foreign: the number of that day that only WeChat Pay knows.

        :raises Unexpected: the books do not say what happened.
        """
        self._compare(day)
        if foreign is not None:
            self._explain(day, foreign)
        self._add_up_balances()
        self._take_out()

    def _compare(self, day: date) -> None:
        path = f"/admin/reconciliations/{day}"
        self.staff.post(f"{path}/run", {})
        wait(lambda: self.staff.get(path)["status"] == "done", f"the bill of {day}")
        told = self.staff.get(path)
        theirs = f"payments {told['payments']}, {yuan(told['payments_amount'])}; refunds {told['refunds']}"
        self.teller.tell("bill", f"WeChat Pay's of {day}: {theirs}, {yuan(told['refunds_amount'])}")
        self.teller.more(
            f"ours: payments {told['own_payments']}, refunds {told['own_refunds']}; differs: {told['found']}"
        )

    def _explain(self, day: date, foreign: str) -> None:
        """All agrees but the payment that went past the mall, and staff say what that was."""
        (found,) = self.staff.get("/admin/payment-differences", day=day)["items"]
        _require((found["kind"], found["number"]) == ("theirs_only", foreign), found)
        note = {"note": "店内收款码收的，不是商城订单"}
        settled = self.staff.post(f"/admin/reconciliations/{day}/differences/{found['id']}/explain", note)
        told = f"{found['kind']}: {found['number']}, {yuan(found['channel_amount'])}"
        self.teller.tell("difference", f"{told}, explained by {settled['explained_by']}: {settled['note']}")

    def _add_up_balances(self) -> None:
        check = self.staff.post("/admin/ledger-checks", {})
        path = f"/admin/ledger-checks/{check['id']}"
        wait(lambda: bool(self.staff.get(path)["done"]), "the walk through the ledgers")
        told = self.staff.get(path)
        _require(told["wrong"] == 0, told)
        names = ", ".join(told["ledgers"])
        self.teller.tell(
            "ledgers", f"{names}: {told['accounts']} accounts, each the sum of its entries to the last unit"
        )

    def _take_out(self) -> None:
        today = datetime.now(UTC).date()
        days = {"from_day": (today - timedelta(days=7)).isoformat(), "to_day": (today + timedelta(days=1)).isoformat()}
        wish = {"kind": "orders", "format": "xlsx", "filters": days}
        path = f"/admin/exports/{self.staff.post('/admin/exports', wish, key=f'demo-{secrets.token_hex(8)}')['id']}"
        wait(lambda: self.staff.get(path)["status"] == "ready", "the file of orders")
        link = self.staff.post(f"{path}/link")
        with urlopen(link["url"]) as file:
            _require(len(file.read()) == link["size"], link)
        self.teller.tell("export", f"{link['rows']} rows of orders as XLSX, for 15 minutes: {link['url']}")


def _require(holds: bool, seen: Any) -> None:
    if not holds:
        raise Unexpected(f"the books do not agree: {seen}")
