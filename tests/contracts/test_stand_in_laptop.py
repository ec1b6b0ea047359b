"""The stand-in on a laptop: people act over HTTP and on a page, and a restart loses nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import urllib3

from infra.local.partners import Partners, start
from infra.local.partners.keys import credentials
from tests.contracts.conftest import JSAPI, NOTIFY_URL, NUMBER, REFUNDS

pytestmark = pytest.mark.usefixtures("frozen")


def test_people_act_over_http(
    partners: Partners, pool: urllib3.PoolManager, pay_api: Callable[..., Any], order: dict[str, Any]
) -> None:
    def control(path: str, **body: Any) -> tuple[int, dict[str, Any]]:
        answer = pool.request("POST", f"{partners.control_url}/control{path}", json=body)
        return answer.status, answer.json()

    def look(path: str) -> Any:
        return pool.request("GET", f"{partners.control_url}/control{path}").json()

    partners.wechat_pay.notices.post = lambda *_: 204
    assert control("/login-codes", openid="o-anna")[1]["openid"] == "o-anna"
    assert control("/phone-codes", number="13800138000")[1]["code"]
    assert control("/tokens/revoke") == (200, {})
    pay_api("POST", JSAPI, order)
    assert control("/cancel", out_trade_no=NUMBER) == (200, {})
    assert control("/faults", on="notice", kind="doubled")[1]["faults"][0]["kind"] == "doubled"
    assert control("/pay", out_trade_no=NUMBER)[1]["trade_state"] == "SUCCESS"
    assert control("/pay", out_trade_no=NUMBER)[1]["code"] == "ORDERPAID"
    assert control("/pay", parameters={})[0] == 409
    assert control("/notices/deliver") == (200, {"tried": 1})
    notice = look("/notices")["notices"][0]
    assert (notice["state"], len(notice["attempts"])) == ("delivered", 2)
    assert control("/notices/replay", id=notice["id"]) == (200, {"status": 204})
    assert control("/notices/again", out_trade_no=NUMBER)[0] == 200
    assert control("/probe", url=NOTIFY_URL) == (200, {"status": 204})
    assert control("/balance", amount=5)[0] == 200
    assert control("/refunds/mode", succeed=False) == (200, {"succeed": False})
    refund = {"out_trade_no": NUMBER, "out_refund_no": "R", "amount": {"refund": 6, "total": 100, "currency": "CNY"}}
    assert pay_api("POST", REFUNDS, refund)[1]["code"] == "NOT_ENOUGH"
    control("/balance", amount=None)
    assert pay_api("POST", REFUNDS, refund)[1]["status"] == "PROCESSING"
    assert control("/refunds/settle", out_refund_no="R", status="ABNORMAL")[1]["status"] == "ABNORMAL"
    assert look("/orders")["orders"][0]["refunds"][0]["status"] == "ABNORMAL"
    foreign = {"out_trade_no": "QR00000001", "amount": 880}
    assert control("/payments/foreign", **foreign)[1]["trade_state"] == "SUCCESS"
    assert control("/payments/foreign", **foreign)[1]["code"] == "OUT_TRADE_NO_USED"
    assert control("/notices/again", out_trade_no="QR00000001")[1]["code"] == "NOT_ASKED_FOR"
    assert control("/faults", on="api", kind="500", endpoint="query", times=2)[0] == 200
    assert control("/faults", on="api", kind="nonsense")[0] == 409
    assert control("/faults/clear") == (200, {"faults": []})
    assert control("/faults")[0] == 400
    assert control("/block", openid="o-anna")[0] == 200
    assert look("/calls")["calls"][0] == {"endpoint": "jsapi", "status": 200}
    assert look("/state")["wechat_pay"]["trades"][NUMBER]["state"] == "REFUND"
    assert control("/nothing")[0] == 404
    assert control("/reset") == (200, {})
    assert look("/orders") == {"orders": []}


def test_the_page_shows_everything_and_trusts_nothing(
    partners: Partners, pool: urllib3.PoolManager, pay_api: Callable[..., Any], order: dict[str, Any]
) -> None:
    pay_api("POST", JSAPI, {**order, "description": "<script>alert(1)</script>"})
    page = pool.request("GET", partners.control_url + "/").data.decode()
    assert "待支付" in page
    assert "付款" in page
    assert "<script>alert" not in page
    partners.faults.notice("wrong_amount")
    partners.faults.api("query", "502")
    partners.wechat_pay.refunds_succeed = False
    partners.wechat_pay.pay(partners.wechat_pay.trades()[0].prepay_ids[0])
    refund = {"out_trade_no": NUMBER, "out_refund_no": "R", "amount": {"refund": 1, "total": 100, "currency": "CNY"}}
    pay_api("POST", REFUNDS, {**refund, "notify_url": NOTIFY_URL})
    partners.wechat_pay.notices.post = lambda *_: 0
    partners.wechat_pay.notices.deliver_due()
    page = pool.request("GET", partners.control_url + "/").data.decode()
    for text in ("转入退款", "处理中", "到账", "金额不符", "无应答", "接口query 502", "未被接受", "人工决定"):
        assert text in page, text
    assert pool.request("GET", partners.control_url + "/favicon.ico").status == 404


class Mall(BaseHTTPRequestHandler):
    """A mall that takes what comes."""

    came: list[tuple[str, str]] = []

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.came.append((self.path, self.headers["Wechatpay-Signature-Type"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


def test_alone_on_a_laptop_it_keeps_its_world_and_posts_notices(tmp_path: Path, pool: urllib3.PoolManager) -> None:
    mall = ThreadingHTTPServer(("127.0.0.1", 0), Mall)
    threading.Thread(target=mall.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    files = {"keys_path": tmp_path / "keys.json", "state_path": tmp_path / "state.json"}
    first = start(**files)
    try:
        environment = first.settings_environment()
        code = pool.request("POST", first.control_url + "/control/login-codes", json={"openid": "o-anna"}).json()[
            "code"
        ]
        first.wechat_pay.books.trades[NUMBER] = _trade(f"http://127.0.0.1:{mall.server_port}/hooks/wechat-pay")
        first.wechat_pay.books.prepays["wx1"] = (NUMBER, datetime.now(UTC) + timedelta(hours=1))
        first.wechat_pay.pay("wx1")
        first.wechat_pay.notices.settle()
        assert Mall.came == [("/hooks/wechat-pay", "WECHATPAY2-SHA256-RSA2048")]
    finally:
        first.stop()
        mall.shutdown()
        mall.server_close()
    second = start(**files)
    try:
        assert {**environment, **second.settings_environment()}.keys() == environment.keys()
        assert (
            second.settings_environment()["SIYU_WECHAT_PAY_PRIVATE_KEY"] == environment["SIYU_WECHAT_PAY_PRIVATE_KEY"]
        )
        assert second.wechat_pay.trade(NUMBER)["trade_state"] == "SUCCESS"
        assert second.wechat.state.login_codes[code].subject == {"openid": "o-anna"}
        assert next(iter(second.wechat_pay.books.notices.values())).state == "delivered"
    finally:
        second.stop()


def _trade(url: str) -> Any:
    from infra.local.partners.wechat_pay.state import Trade

    now = datetime.now(UTC)
    return Trade(NUMBER, "被", 100, "o-anna", "", url, now + timedelta(hours=1), "{}", now)


def test_the_first_of_several_processes_makes_the_keys(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    made = credentials(path)
    assert credentials(path) == made
    assert path.stat().st_mode & 0o077 == 0
    assert list(tmp_path.iterdir()) == [path]
    assert credentials() != made
