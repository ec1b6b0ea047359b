"""What the owner sees in the morning: the bill against the books, balances against entries; and orders as a file."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.request import urlopen

from infra.local.demo.browser import Browser, Unexpected, wait
from infra.local.demo.teller import Teller, yuan


@dataclass
class Books:
    """The staff's desk."""

    teller: Teller
    staff: Browser

    def play(self) -> None:
        """:raises Unexpected: a difference."""
        self._compare_a_day()
        self._add_up_balances()
        self._take_out()

    def _compare_a_day(self) -> None:
        # Today's bill is there tomorrow at ten: of three days ago it is, in every zone and at every hour.
        day = (datetime.now(UTC) - timedelta(days=3)).date().isoformat()
        path = f"/admin/reconciliations/{day}"
        self.staff.post(f"{path}/run", {})
        wait(lambda: self.staff.get(path)["status"] == "done", f"the bill of {day}")
        told = self.staff.get(path)
        _require(told["found"] == 0, told)
        sums = f"{told['payments']} payments, {yuan(told['payments_amount'])}; {told['refunds']} refunds"
        self.teller.tell("bill", f"of {day}: {sums}; differences: {told['found']}")

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
