"""The buyer's service: answers that are there already, a message to the shop, a ticket about an order."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from infra.local.demo.browser import Browser, wait
from infra.local.demo.teller import Teller

Document = dict[str, Any]
FAQ: list[Document] = [
    {
        "category": "售后",
        "question": "多久可以退货？",
        "answer": "签收后七天内，未使用、吊牌完好即可申请退货退款。",
        "keywords": ["退款", "七天无理由"],
    },
    {
        "category": "发票",
        "question": "怎么开发票？",
        "answer": "订单完成后，在订单详情页点“申请发票”，抬头可存多个。",
        "keywords": ["抬头", "专票"],
    },
    {
        "category": "配送",
        "question": "什么时候发货？",
        "answer": "下午四点前付款的订单当天发出，其余次日发出。",
        "keywords": ["快递", "物流"],
    },
]
NOTE, ANSWERED = "希望毛巾能出深灰色。", "已经在打样了，下个月上架。"
SUBJECT, CONCERN, HELP = "少了一个枕套", "四件套里只有一个枕套，麻烦看一下。", "抱歉，今天就给您补发一个枕套。"


def furnish(staff: Browser, teller: Teller) -> None:
    """Staff write the usual questions; what an earlier run wrote stays."""
    known = {each["question"] for each in staff.get("/admin/faq")["items"]}
    for place, article in enumerate(FAQ):
        if article["question"] not in known:
            staff.post("/admin/faq", {**article, "sort": place})
    teller.fact("questions", "、".join(each["question"] for each in FAQ))


@dataclass
class Questions:
    """The buyer, and the shop's staff."""

    teller: Teller
    buyer: Browser
    staff: Browser

    def play(self, order: Document) -> None:
        """:raises Unexpected: something went otherwise."""
        found = self.buyer.get("/faq", keyword="退款要多久")["items"][0]
        answer = self.buyer.get(f"/faq/{found['id']}")["answer"]
        self.teller.tell("question", f"退款要多久 → {found['question']} {answer}")
        note = self.buyer.post("/me/messages", {"text": NOTE}, key=secrets.token_hex(8))
        member_id = self.buyer.get("/me")["id"]
        self.staff.put(f"/admin/members/{member_id}/messages/{note['id']}/answer", {"text": ANSWERED})
        answered = self.buyer.get("/me/messages")["items"][0]
        self.teller.tell("board", f"{answered['text']} → {answered['answer']}")
        concern = {"subject": SUBJECT, "text": CONCERN, "order_id": order["id"]}
        ticket = self.buyer.post("/me/tickets", concern, key=secrets.token_hex(8))
        path = f"/admin/members/{member_id}/tickets/{ticket['id']}"
        self.staff.post(f"{path}/replies", {"text": HELP}, key=secrets.token_hex(8))
        self.buyer.post(f"/me/tickets/{ticket['id']}/close")
        self.buyer.post(f"/me/tickets/{ticket['id']}/rating", {"stars": 5})
        wait(lambda: self.buyer.get(f"/me/tickets/{ticket['id']}")["stars"] == 5, "the rating")
        told = " | ".join(each["text"] for each in self.buyer.get(f"/me/tickets/{ticket['id']}")["messages"])
        self.teller.tell("ticket", f"{SUBJECT}, order {ticket['order_number']}: {told} ★★★★★")
