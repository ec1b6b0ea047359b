"""One purchase, step by step over HTTP; then an order that nobody pays, and money that comes too late."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from infra.local.demo.books import Books
from infra.local.demo.browser import Browser, Unexpected, wait
from infra.local.demo.campaigns import Campaigns
from infra.local.demo.delivery import Delivery
from infra.local.demo.groups import Groups
from infra.local.demo.invoices import Invoices
from infra.local.demo.loyalty import Loyalty
from infra.local.demo.on_screen import OnScreen
from infra.local.demo.pickup import Pickup
from infra.local.demo.questions import Questions
from infra.local.demo.returns import Returns
from infra.local.demo.reviews import Reviews
from infra.local.demo.seed import Shop
from infra.local.demo.teller import Teller, yuan
from infra.local.demo.yesterday import Yesterday
from infra.local.laptop import Laptop

#: An order's time to be paid, and a little: the world begins so much in the past, and catches up when the story
#: wants an unpaid order to run out of time.
DELAY = timedelta(minutes=30, seconds=20)
PHONE = "13800138000"
ADDRESS = {
    "name": "林小屿",
    "phone": PHONE,
    "district_code": "330106",
    "detail": "西溪路 8 号 3 幢 502",
    "is_default": True,
}
Document = dict[str, Any]


def play(mall: Laptop, shop: Shop, teller: Teller) -> None:
    """Everything that the mall promises of an order. :raises Unexpected: something went otherwise."""
    story = Story(mall, shop, teller, Browser(mall.url), Browser(mall.partners.control_url))
    teller.title("A purchase")
    story.log_in()
    story.look_around()
    lines = story.fill_cart()
    order = story.place(lines)
    payment_id = story.pay(order)
    staff = Browser(mall.url)
    staff.token = staff.post("/admin/sessions", {"username": shop.username, "password": shop.password})["token"]
    delivery = Delivery(teller, story.buyer, staff, story.wechat)
    delivery.share(lines[0])
    parcels = delivery.ship(order)
    teller.title("An order that nobody pays")
    story.run_out_of_time()
    teller.title("Money that comes too late")
    story.pay_too_late()
    teller.title("The parcels arrive")
    delivery.arrive(order, parcels)
    delivery.complete(order, payment_id)
    teller.title("What the buyer says of it")
    Reviews(teller, story.buyer, staff).play(order)
    Invoices(teller, story.buyer, staff).play(order)
    Questions(teller, story.buyer, staff).play(order)
    teller.title("Fetched at a store")
    Pickup(teller, story.buyer, staff, story.wechat).play(story.found["毛巾"])
    teller.title("The buyer comes again")
    loyalty = Loyalty(teller, story.buyer, story.wechat, story.address_id)
    loyalty.play(story.found["四件套"])
    teller.title("One of three comes back")
    Returns(teller, loyalty, staff).play(story.found["锅"])
    teller.title("What is on")
    Campaigns(teller, story.buyer).play()
    teller.title("Bought together")
    groups = Groups(teller, story.buyer, Browser(mall.url), staff, story.wechat, ADDRESS)
    groups.play(story.found["毛巾"], story.found["锅"])
    teller.title("Shown instead of sent")
    OnScreen(teller, story.buyer, staff, story.wechat).play()
    teller.title("The books")
    yesterday = Yesterday(mall, shop, teller, staff, story.address_id)
    Books(teller, staff).play(yesterday.day, yesterday.play(story.found["毛巾"]))


def token_of_buyer(mall: Laptop, shop: Shop) -> str:
    """A fresh token of the story's buyer."""
    code = Browser(mall.partners.control_url).post("/control/login-codes", {"openid": shop.openid})["code"]
    token: str = Browser(mall.url).post("/sessions", {"code": code})["token"]
    return token


@dataclass
class Story:
    """The buyer's side of the mall, and the other side of WeChat's."""

    mall: Laptop
    shop: Shop
    teller: Teller
    buyer: Browser
    wechat: Browser
    address_id: str = ""
    found: dict[str, Document] = field(default_factory=dict)

    # ---- a purchase

    def log_in(self) -> None:
        code = self.wechat.post("/control/login-codes", {"openid": self.shop.openid})["code"]
        session = self.buyer.post("/sessions", {"code": code})
        self.buyer.token = session["token"]
        self.teller.tell("login", f"wx.login code → member {session['member']['id']}, token for a day")
        self.buyer.send("PATCH", "/me", json_body={"nickname": "小屿"})
        code = self.wechat.post("/control/phone-codes", {"number": PHONE})["code"]
        member = self.buyer.post("/me/phone", {"code": code})
        self.teller.tell("phone", f"phone button's code → {member['phone']}, as WeChat verified it")
        known = self.buyer.get("/me/addresses")["items"]  # of an earlier run, when the database is kept
        address = known[0] if known else self.buyer.post("/me/addresses", ADDRESS)
        self.address_id = address["id"]
        self.teller.tell(
            "address", " ".join(address[part] for part in ("province", "city", "district", "detail", "name"))
        )

    def look_around(self) -> None:
        tree = self.buyer.get("/categories")["items"]
        self.teller.tell("categories", "   ".join(f"{each['name']}: {_names(each['children'])}" for each in tree))
        for keyword in ("四件套", "蚕丝被", "毛巾", "锅"):
            listed = self.buyer.get("/products", keyword=keyword)
            self.found[keyword] = listed["items"][0]
            self.teller.tell("search", f"{keyword} → {listed['total']}: {_names(listed['items'])}")
        cheap = self.buyer.get(
            "/products", sort="price_asc", max_amount=10_000, in_stock="true", facets="true", limit=3
        )
        prices = ", ".join(f"{each['name']} {yuan(each['price_amount'])}" for each in cheap["items"])
        self.teller.tell("filter", f"in stock, up to ¥100, cheapest first → {cheap['total']}: {prices}…")
        brands = ", ".join(f"{each['name']} {each['count']}" for each in cheap["facets"]["brands"])
        self.teller.more(f"by brand: {brands}")

    def fill_cart(self) -> list[Document]:
        """Two products; gives the SKUs that went in."""
        chosen = []
        for keyword, quantity in (("四件套", 1), ("毛巾", 2)):
            page = self.buyer.get(f"/products/{self.found[keyword]['id']}")
            sku = page["skus"][0]
            prices = f"{yuan(page['price_amount'])} to {yuan(page['price_max_amount'])}"
            self.teller.tell("product", f"{page['name']}, {page['brand']['name']}: {len(page['skus'])} SKUs, {prices}")
            line = {"product_id": page["id"], "sku_id": sku["id"], "quantity": quantity}
            summary = self.buyer.post("/cart/items", line)
            chosen.append(line | {"name": page["name"]})
            left = f"{sku['available']} in stock"
            self.teller.tell(
                "cart", f"+{quantity} {' '.join(sku['values'])}, {left}; {summary['quantity']} in the cart"
            )
        return chosen

    def place(self, lines: list[Document]) -> Document:
        preview = self.buyer.post("/checkout/preview", {"address_id": self.address_id})
        steps = ", ".join(f"{each['title']} {yuan(each['amount'])}" for each in preview["adjustments"])
        self.teller.tell(
            "preview", f"goods {yuan(preview['goods_amount'])}; {steps}; to pay {yuan(preview['payable_amount'])}"
        )
        before = [self._stock(line) for line in lines]
        body = {"address_id": self.address_id, "expected_payable_amount": preview["payable_amount"]}
        order: Document = self.buyer.post("/orders", body, key=secrets.token_hex(8))
        left = ", ".join(f"{was} → {self._stock(line)}" for was, line in zip(before, lines, strict=True))
        self.teller.tell(
            "order", f"{order['number']} {order['status']}, {yuan(order['payable_amount'])}; stock held: {left}"
        )
        return order

    def agree_to_be_told(self) -> None:
        """The mini-program asks with the tap on "pay", and the buyer agrees."""
        asked = self.buyer.get("/notifications/templates", kinds="order_paid,parcel_shipped,parcel_signed")["items"]
        answers = {each["template_id"]: "accept" for each in asked}
        told = self.wechat.post("/control/messages/ask", {"openid": self.shop.openid, "answers": answers})["answers"]
        results = [{"template_id": each, "result": answer} for each, answer in told.items()]
        left = self.buyer.post("/me/subscriptions", {"results": results})["items"]
        titles = ", ".join(each["title"] for each in asked)
        self.teller.tell("agree", f"{titles}: {sum(each['left'] for each in left)} messages agreed to")

    def _told(self) -> Document:
        """The message on the phone."""
        wait(lambda: self.wechat.get("/control/messages")["messages"], "the message")
        message: Document = self.wechat.get("/control/messages")["messages"][0]
        return message

    def pay(self, order: Document) -> str:
        """Gives the payment's id."""
        self.agree_to_be_told()
        begun = self.buyer.post(f"/orders/{order['id']}/pay", {})
        sign = begun["parameters"]
        self.teller.tell("pay", f"JSAPI {sign['package']}, {sign['signType']} paySign {sign['paySign'][:12]}…")
        trade = self.wechat.post("/control/pay", {"parameters": sign})
        self.teller.tell(
            "wechat pay", f"paySign verified, {yuan(trade['amount']['total'])} taken: {trade['transaction_id']}"
        )
        paid = self._until_status(order, "processing")
        self.teller.tell("notice", f"signed, encrypted, accepted: {self._notices(begun['payment_id'])}")
        self.teller.tell(
            "paid",
            (
                f"{paid['number']} {paid['status']}, {yuan(paid['paid_amount'])} "
                f"at {paid['timeline'][-1]['at'][11:19]} UTC"
            ),
        )
        self.teller.tell("message", f"on the phone: {' | '.join(self._told()['data'].values())}")
        for _ in range(3):
            self.wechat.post("/control/notices/again", {"out_trade_no": begun["payment_id"]})
        wait(lambda: self._count_notices(begun["payment_id"]) >= 4, "three more notices")
        again = self.buyer.get(f"/orders/{order['id']}")
        _require(
            again["paid_amount"] == order["payable_amount"] and again["status"] == "processing", "paid once", again
        )
        self.teller.tell(
            "again", f"three more notices of the same payment: still {again['status']}, {yuan(again['paid_amount'])}"
        )
        payment_id: str = begun["payment_id"]
        return payment_id

    # ---- what goes wrong in a mall every day

    def run_out_of_time(self) -> None:
        """The laptop's clock has been half an hour behind until now."""
        order, line, before = self._buy_now("蚕丝被")
        begun = self.buyer.post(f"/orders/{order['id']}/pay", {})
        self.teller.tell("pay", "the payment sheet is open, the buyer has gone to make tea")
        # What comes of the story so far comes before the half hour, not after: deadlines count from it.
        wait(self.mall.runner.is_idle, "the queues to be empty")
        self.mall.clock.catch_up()
        self.teller.tell("30 minutes", "pass (the laptop's clock was behind, and catches up)")
        closed = self._until_status(order, "canceled")
        trade = self._trade(begun["payment_id"])
        self.teller.tell(
            "closed",
            (
                f"{closed['number']} {closed['status']} by itself: "
                f"{closed['cancel_reason']}; at WeChat Pay {trade['trade_state']}"
            ),
        )
        wait(lambda: self._stock(line) == before, "the stock to come back")
        self.teller.tell("stock", f"back at {before}")

    def pay_too_late(self) -> None:
        """The buyer pays in the very moment in which the order is closed, and the money arrives after all."""
        order, line, before = self._buy_now("锅")
        begun = self.buyer.post(f"/orders/{order['id']}/pay", {})
        canceled = self.buyer.post(f"/orders/{order['id']}/cancel", {})
        self.teller.tell("cancel", f"{canceled['number']} {canceled['status']}; closed at WeChat Pay")
        trade = self.wechat.post("/control/pay", {"parameters": begun["parameters"], "even_closed": True})
        self.teller.tell(
            "wechat pay", f"the money was on its way: {yuan(trade['amount']['total'])} arrive all the same"
        )
        self.wechat.post("/control/notices/again", {"out_trade_no": begun["payment_id"]})
        wait(lambda: self._trade(begun["payment_id"])["trade_state"] == "REFUND", "the refund")
        (refund,) = self._trade(begun["payment_id"])["refunds"]
        amount = yuan(refund["amount"]["refund"])
        self.teller.tell(
            "refund", f"{amount} back by itself, once, number {refund['out_refund_no']}: {refund['status']}"
        )
        wait(lambda: self._stock(line) == before, "the stock to come back")
        self.teller.more(f"the order stays {self.buyer.get('/orders/' + order['id'])['status']}, the stock is {before}")

    def _buy_now(self, keyword: str) -> tuple[Document, Document, int]:
        """An order without the cart; the line, and the stock before it."""
        sku = self.buyer.get(f"/products/{self.found[keyword]['id']}")["skus"][0]
        line = {"product_id": self.found[keyword]["id"], "sku_id": sku["id"], "quantity": 1}
        preview = self.buyer.post("/checkout/preview", {"lines": [line], "address_id": self.address_id})
        body = {"lines": [line], "address_id": self.address_id, "expected_payable_amount": preview["payable_amount"]}
        order = self.buyer.post("/orders", body, key=secrets.token_hex(8))
        held = f"stock {sku['available']} → {self._stock(line)}"
        self.teller.tell(
            "order", f"{self.found[keyword]['name']}, {order['number']}, {yuan(order['payable_amount'])}; {held}"
        )
        return order, line, sku["available"]

    # ---- looking

    def _stock(self, line: Document) -> int:
        page = self.buyer.get(f"/products/{line['product_id']}")
        return next(int(sku["available"]) for sku in page["skus"] if sku["id"] == line["sku_id"])

    def _until_status(self, order: Document, status: str) -> Document:
        wait(
            lambda: self.buyer.get(f"/orders/{order['id']}")["status"] == status,
            f"order {order['number']} to be {status}",
        )
        found: Document = self.buyer.get(f"/orders/{order['id']}")
        return found

    def _trade(self, number: str) -> Document:
        orders: list[Document] = self.wechat.get("/control/orders")["orders"]
        return next(each for each in orders if each["out_trade_no"] == number)

    def _notices(self, number: str) -> str:
        notices = [each for each in self.wechat.get("/control/notices")["notices"] if each["number"] == number]
        return ", ".join(f"{each['id']} HTTP {each['attempts'][-1]['status']}" for each in notices if each["attempts"])

    def _count_notices(self, number: str) -> int:
        notices = self.wechat.get("/control/notices")["notices"]
        return sum(each["number"] == number and each["state"] == "delivered" for each in notices)


def _require(holds: bool, what: str, seen: object) -> None:
    if not holds:
        raise Unexpected(f"{what}: {seen}")


def _names(things: list[Document]) -> str:
    names = [each["name"] for each in things]
    return "、".join(names[:3]) + ("…" if len(names) > 3 else "")
