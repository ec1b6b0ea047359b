"""The page's section about shipping: what was told of each payment, and what the buyer and WeChat make of it."""

from __future__ import annotations

from html import escape

from infra.local.partners.html import button, clock, row
from infra.local.partners.wechat.shipping import Shipping, ShippingState

_SHOWN = 50
_KINDS = {1: "快递", 2: "同城配送", 3: "虚拟商品", 4: "用户自提"}
_STAGES = {3: "已确认收货", 4: "交易完成", 6: "资金待结算"}


def section(state: ShippingState) -> str:
    """The section, as HTML."""
    told = list(state.told.items())[: -_SHOWN - 1 : -1]
    rows = "".join(_row(number, shipping) for number, shipping in told)
    rows = rows or "<tr><td colspan=6 class=dim>还没有发货信息</td></tr>"
    wait = button("支付单立即可见", "/control/shipping/mode", {"known_after_seconds": 0})
    wait += button("支付单5分钟后可见", "/control/shipping/mode", {"known_after_seconds": 300})
    return (
        f"<h2>发货信息管理</h2><p>支付后{state.known_after_seconds}秒可录入 {wait}</p>"
        f"<table><tr><th>商户单号<th>方式<th>运单<th>状态<th>录入时间<th>买家 / 微信</tr>{rows}</table>"
    )


def _row(number: str, told: Shipping) -> str:
    stage = _STAGES.get(told.stage) or ("已发货" if told.finished else "部分发货")
    body, buttons = {"out_trade_no": number}, ""
    if told.finished and not told.stage:
        buttons = button("确认收货", "/control/shipping/confirm-receipt", body, main=True)
    if told.finished and told.stage in (0, 3, 6):
        buttons += button("结算", "/control/shipping/settle", body)
    waybills = "、".join(f"{each.get('express_company', '')} {each.get('tracking_no', '')}" for each in told.parcels)
    corrected = "（已用重新发货机会）" if told.corrected else ""
    return row(
        [escape(number), _KINDS[told.kind], escape(waybills), stage + corrected, clock(told.uploaded_at), buttons]
    )
