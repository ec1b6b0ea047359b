"""A company's title, an invoice asked for, issued with number and file, fetched by its buyer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from infra.local.demo.browser import Browser, Unexpected, upload
from infra.local.demo.teller import Teller, yuan

Document = dict[str, Any]
TITLE = {"kind": "company", "name": "杭州思屿科技有限公司", "tax_number": "91350100M000100Y43"}
NUMBER = "26332000000012345678"
FILE = b"%PDF-1.4\n% the tax office's file\n%%EOF\n"


@dataclass
class Invoices:
    """The buyer, and the shop's staff."""

    teller: Teller
    buyer: Browser
    staff: Browser

    def play(self, order: Document) -> None:
        """:raises Unexpected: something went otherwise."""
        titles = self.buyer.get("/me/invoice-titles")["items"]
        title = titles[0] if titles else self.buyer.post("/me/invoice-titles", TITLE)["items"][0]
        wrong = {**TITLE, "tax_number": TITLE["tax_number"][:-1] + "4"}
        refused = self.buyer.send("POST", "/me/invoice-titles", json_body=wrong)
        if refused.status != 422:
            raise Unexpected(f"a tax number whose check character is wrong: {refused.status}")
        self.teller.tell("title", f"{title['name']} {title['tax_number']}; one digit wrong: {refused.status}")
        asked = self.buyer.post(f"/orders/{order['id']}/invoices", {"title_id": title["id"]})
        self.teller.tell("asked", f"invoice of {order['number']} about {yuan(asked['amount'])}, what was paid in money")
        path = f"/admin/invoices/{asked['id']}"
        form = self.staff.post(f"{path}/upload", {"format": "pdf"})
        upload(form["url"], form["fields"], FILE)
        self.staff.post(f"{path}/issue", {"invoice_number": NUMBER, "amount": asked["amount"]})
        link = self.buyer.get(f"/me/invoices/{asked['id']}/file")["url"]
        if Browser(link).send("GET", f"?{urlsplit(link).query}").body != FILE:
            raise Unexpected("the file is another one")
        self.teller.tell("issued", f"{NUMBER}: its buyer has fetched the file, {len(FILE)} bytes")
