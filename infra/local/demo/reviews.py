"""What the buyer says of what came: stars, tags, an answer, something added; and what others read then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from infra.local.demo.browser import Browser, wait
from infra.local.demo.teller import Teller

Document = dict[str, Any]
TAGS = ["质量好", "手感柔软", "物流快", "与描述一致"]
SAID: list[Document] = [
    {"stars": 5, "text": "洗过两次没有起球，尺寸正好。", "tags": ["质量好", "手感柔软"]},
    {"stars": 4, "text": "吸水很快，颜色比图片浅一点。", "tags": ["手感柔软", "物流快"], "anonymous": True},
]
ANSWER = "谢谢您的细心反馈，我们会把图片拍得更准。"
LATER = "用了一个月，还是很软。"


@dataclass
class Reviews:
    """The buyer, and the shop's staff."""

    teller: Teller
    buyer: Browser
    staff: Browser

    def play(self, order: Document) -> None:
        """The lines that were bought of a completed order, once. :raises Unexpected: something went otherwise."""
        self.staff.put("/admin/review-tags", {"tags": TAGS})
        path = f"/orders/{order['id']}/reviews"
        lines = [each for each in self.buyer.get(path)["lines"] if each["may_review"]]  # a gift is not rated
        for line, said in zip(lines, SAID, strict=False):
            self.buyer.post(path, {"line": line["line"], **said})
        wait(lambda: all(each["status"] == "shown" for each in self._written(path)), "WeChat's look at the reviews")
        first, second = self._written(path)
        self.teller.tell("reviewed", f"{len(lines)} lines, WeChat's check passed: both stand on their pages")
        owner = self.staff.get("/admin/reviews", order_number=order["number"])["items"][0]["member_id"]
        self.staff.put(f"/admin/members/{owner}/reviews/{second['id']}/reply", {"text": ANSWER})
        self.buyer.post(f"/me/reviews/{first['id']}/append", {"text": LATER})
        wait(lambda: self._written(path)[0]["append_status"] == "shown", "WeChat's look at what was added")
        for line in lines:
            self._tell_page(line)
        earned = [each for each in self.buyer.get("/me/points/entries", limit=100)["items"] if each["kind"] == "review"]
        self.teller.tell("points", f"{sum(each['points'] for each in earned)} for {len(earned)} reviews, once each")

    def _tell_page(self, line: Document) -> None:
        product = f"/products/{line['product_id']}"
        (shown, *_), numbers = (
            self.buyer.get(f"{product}/reviews")["items"],
            self.buyer.get(f"{product}/review-summary"),
        )
        average = f"{numbers['average_stars_bps'] / 10_000:.1f} stars of {numbers['count']}"
        self.teller.tell("page", f"{line['name']}, {average}: {shown['writer']} {'★' * shown['stars']} {shown['text']}")
        if shown["append_text"]:
            self.teller.more(f"added: {shown['append_text']}")
        if shown["reply"]:
            self.teller.more(f"the shop answers: {shown['reply']}")

    def _written(self, path: str) -> list[Document]:
        return [line["review"] for line in self.buyer.get(path)["lines"] if line["review"]]
