"""The control page for people: orders with their buttons, recent notices, fault switches. In Chinese."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from infra.local.partners.exchange import Reply
from infra.local.partners.faults import NOTICE_FAULTS
from infra.local.partners.html import LETTER_FAULTS, LETTER_STATES, fault_buttons
from infra.local.partners.html import button as _button
from infra.local.partners.html import clock as _clock
from infra.local.partners.html import row as _row
from infra.local.partners.kuaidi100 import page as kuaidi100
from infra.local.partners.wechat import content_page, links, messages_page, pushes_page
from infra.local.partners.wechat import shipping_page as shipping
from infra.local.partners.wechat_pay.state import Notice, Trade

if TYPE_CHECKING:
    from infra.local.partners.world import Partners

_SHOWN = 50
_CHINA = ZoneInfo("Asia/Shanghai")
_TRADE_STATES = {"NOTPAY": "待支付", "SUCCESS": "已支付", "CLOSED": "已关闭", "REFUND": "转入退款"}
_REFUND_STATES = {"PROCESSING": "处理中", "SUCCESS": "退款成功", "ABNORMAL": "退款异常", "CLOSED": "退款关闭"}
_API_FAULTS = {
    "500": "500错误",
    "429": "429限流",
    "busy": "系统繁忙",
    "garbage": "乱码",
    "timeout": "超时（未办）",
    "lost_answer": "超时（已办）",
    "reset": "断线",
    "unsigned": "应答无签名",
    "cut": "只答一半",
}

_FRAME = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>合作方替身</title>
<meta name="viewport" content="width=device-width,initial-scale=1">
<style>
body{font:15px/1.6 system-ui,"PingFang SC","Microsoft YaHei",sans-serif;color:#222}
body{margin:2em auto;max-width:72em;padding:0 1em}
table{border-collapse:collapse;width:100%%;margin-bottom:1.5em}
td,th{border-bottom:1px solid #ddd;padding:.4em .6em;text-align:left}
button{margin:.15em;padding:.25em .7em;border:1px solid #bbb;border-radius:4px;background:#f7f7f7;cursor:pointer}
button.main{background:#07c160;border-color:#07c160;color:#fff}.bad{color:#c33}.good{color:#07903c}.dim{color:#888}
#said{position:fixed;bottom:1em;right:1em;background:#333;color:#fff;padding:.5em 1em;border-radius:4px;display:none}
</style>
<h1>合作方替身：微信、微信支付、快递100</h1>
<p class="dim">这里扮演买家、微信和快递员：付款、取消、退款到账、运单流转，也可以让下一次通知或接口调用出错。
只在本机，没有真钱。</p>
<p><button data-post="/control/login-codes" data-body="{}" data-show="code">新买家的登录code</button>
<button data-post="/control/phone-codes" data-body='{"number":"13800138000"}'
 data-show="code">手机号code（13800138000）</button>
<button data-post="/control/tokens/revoke" data-body="{}">作废全部access_token</button></p>
<div id="live">%s</div><div id="said"></div>
<script>
const said=document.getElementById("said");
function say(text){said.textContent=text;said.style.display="block";
 clearTimeout(say.t);say.t=setTimeout(()=>said.style.display="none",9000)}
async function refresh(){const page=new DOMParser().parseFromString(await(await fetch("/")).text(),"text/html");
 document.getElementById("live").replaceWith(document.adoptNode(page.getElementById("live")))}
document.addEventListener("click",async event=>{const b=event.target.closest("button[data-post]");if(!b)return;
 const r=await fetch(b.dataset.post,{method:"POST",headers:{"Content-Type":"application/json"},body:b.dataset.body});
 const d=await r.json();say(r.ok?(b.dataset.show?d[b.dataset.show]:"好了"):d.message);refresh()});
setInterval(refresh,2000);
</script></html>"""


def show(partners: Partners) -> Reply:
    """The page."""
    trades = partners.wechat_pay.trades()[:_SHOWN]
    with partners.lock:
        notices = list(partners.wechat_pay.books.notices.values())[: -_SHOWN - 1 : -1]
        live = _orders(trades) + shipping.section(partners.wechat.state.shipping)
        live += _notices(notices, partners.wechat_pay.notices.probes) + _faults(partners)
        live += kuaidi100.section(partners.kuaidi100.books)
        live += links.section(partners.wechat.state.links)
        people = list(partners.wechat.state.unionids)
        live += messages_page.section(partners.wechat.messages, partners.wechat.state.messages, people)
        live += content_page.section(partners.wechat.state.content)
        live += pushes_page.section(partners.wechat.pushes, partners.wechat.state.pushes)
    return Reply(200, (_FRAME % live).encode(), {"Content-Type": "text/html; charset=utf-8"})


def _orders(trades: list[Trade]) -> str:
    rows = "".join(map(_order, trades)) or "<tr><td colspan=6 class=dim>还没有订单</td></tr>"
    return f"<h2>支付单</h2><table><tr><th>商户单号<th>商品<th>金额<th>状态<th>时间<th>买家 / 银行</tr>{rows}</table>"


def _order(trade: Trade) -> str:
    buttons = ""
    if trade.state == "NOTPAY":
        number = {"out_trade_no": trade.out_trade_no}
        buttons = _button("付款", "/control/pay", number, main=True) + _button("取消支付", "/control/cancel", number)
    elif trade.succeeded_at:
        buttons = _button("再发一次支付通知", "/control/notices/again", {"out_trade_no": trade.out_trade_no})
    canceled = f"（取消过{trade.canceled_times}次）" if trade.canceled_times else ""
    cells = [
        escape(trade.out_trade_no),
        escape(trade.description),
        f"¥{trade.total / 100:.2f}",
        _TRADE_STATES[trade.state] + canceled,
        _clock(trade.created_at),
        buttons + "".join(_refund(trade, number) for number in trade.refunds),
    ]
    return _row(cells)


def _refund(trade: Trade, number: str) -> str:
    refund = trade.refunds[number]
    buttons = ""
    if refund.status in ("PROCESSING", "ABNORMAL"):
        buttons = "".join(
            _button(label, "/control/refunds/settle", {"out_refund_no": number, "status": status})
            for label, status in (("到账", "SUCCESS"), ("异常", "ABNORMAL"), ("关闭", "CLOSED"))
        )
    return f"<div>退款 {escape(number)} ¥{refund.amount / 100:.2f} {_REFUND_STATES[refund.status]} {buttons}</div>"


def _notices(notices: list[Notice], probes: list[tuple[str, int]]) -> str:
    rows = "".join(map(_notice, notices)) or "<tr><td colspan=6 class=dim>还没有通知</td></tr>"
    return (
        f"<h2>最近的通知</h2>{_probes(probes)}"
        f"<table><tr><th>单号<th>事件<th>状态<th>故障<th>各次应答<th></tr>{rows}</table>"
    )


def _probes(probes: list[tuple[str, int]]) -> str:
    believed = sum(status in (200, 204) for _, status in probes)
    verdict = f'<span class="bad">有{believed}次被接受，验签有漏洞</span>' if believed else "全部被拒绝"
    return f"<p>签名探测{len(probes)}次，{verdict}</p>" if probes else ""


def _notice(notice: Notice) -> str:
    kind = "good" if notice.state == "delivered" else "bad" if notice.state in ("gave_up", "lost") else ""
    answers = "、".join(f"{_clock(a.at)} {a.status or '无应答'}{'（重放）' if a.note else ''}" for a in notice.attempts)
    cells = [
        escape(notice.number),
        escape(notice.event_type),
        f'<span class="{kind}">{LETTER_STATES[notice.state]}</span>',
        LETTER_FAULTS.get(notice.fault, ""),
        answers,
        _button("重放原包", "/control/notices/replay", {"id": notice.id}) if notice.last_headers else "",
    ]
    return _row(cells)


def _faults(partners: Partners) -> str:
    waiting = "；".join(_waiting(fault) for fault in partners.faults.waiting()) or "无"
    for_notices = fault_buttons("notice", NOTICE_FAULTS)
    for_calls = "".join(
        _button(label, "/control/faults", {"on": "api", "kind": kind}) for kind, label in _API_FAULTS.items()
    )
    succeed = partners.wechat_pay.refunds_succeed
    mode = _button("改为人工决定" if succeed else "改为自动到账", "/control/refunds/mode", {"succeed": not succeed})
    return (
        f"<h2>故障</h2><p>等着发生：{escape(waiting)} {_button('全部取消', '/control/faults/clear', {})}</p>"
        f"<p>下一个通知：{for_notices}</p><p>下一次接口调用：{for_calls}</p>"
        f"<p>退款：{'自动到账' if succeed else '人工决定'} {mode}</p>"
    )


def _waiting(fault: dict[str, Any]) -> str:
    if fault["on"] != "api":
        name = {"notice": "通知", "callback": "快递推送", "push": "消息推送"}[fault["on"]]
        return f"{name}{LETTER_FAULTS[fault['kind']]}×{fault['times']}"
    return f"接口{fault['endpoint']} {_API_FAULTS.get(fault['kind'], fault['kind'])}×{fault['times']}"
