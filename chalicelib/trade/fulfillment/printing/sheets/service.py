"""A page with one slip a sheet. It holds all it needs, no pictures of goods, and runs nothing."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from chalicelib.core.money import yuan
from chalicelib.mall.catalog.formats.cells import service as cells
from chalicelib.trade.fulfillment.printing.schemas import PackingSlip, SlipLine

HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
"""Even if something of a buyer's were taken for a tag, nothing of it would run or be loaded."""

_STYLE = """
body{font:12px/1.5 sans-serif;color:#000;margin:0}
section{padding:8mm;page-break-after:always;break-after:page}
section:last-child{page-break-after:auto;break-after:auto}
header{display:flex;justify-content:space-between;align-items:flex-start}
h1{font-size:18px;margin:0 0 4px}
table{width:100%;border-collapse:collapse;margin:6px 0}
th,td{border:1px solid #000;padding:3px 5px;text-align:left}
td.n,th.n{text-align:right;white-space:nowrap}
p{margin:2px 0}
"""


def page(slips: Iterable[PackingSlip]) -> str:
    """The slips as HTML. What buyers and staff wrote is text in it, whatever it looks like."""
    sheets = "".join(_sheet(slip) for slip in slips)
    return (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>发货单</title>'
        f"<style>{_STYLE}</style></head><body>{sheets}</body></html>"
    )


def _sheet(slip: PackingSlip) -> str:
    rows = "".join(_row(line) for line in slip.lines)
    sums = (
        f"商品 ¥{yuan(slip.goods_amount)}　优惠 ¥{yuan(slip.discount_amount)}　运费 ¥{yuan(slip.freight_amount)}"
        f"　应付 ¥{yuan(slip.payable_amount)}　实付 ¥{yuan(slip.paid_amount)}"
    )
    return (
        f"<section><header><div><h1>发货单</h1>{_facts(slip)}</div>{_code(slip.order_number)}</header>"
        "<table><tr><th>商品</th><th>规格</th><th>货号</th><th class=n>单价</th><th class=n>订购</th>"
        f"<th class=n>本次发货</th></tr>{rows}</table>"
        f"<p>共 {slip.pieces} 件</p><p>{sums}</p></section>"
    )


def _facts(slip: PackingSlip) -> str:
    to = slip.receiver
    facts = {
        "订单号": slip.order_number,
        "下单时间": cells.time_text(slip.placed_at),
        "收货人": f"{to.name} {to.phone}",
        "地址": to.province + to.city + to.district + to.detail,
        "自提门店": slip.place.name if slip.place else "",
        "发货地": slip.sender.name if slip.sender else "",
        "买家备注": slip.remark or "",
    }
    return "".join(f"<p>{name}：{escape(text)}</p>" for name, text in facts.items() if text)


def _row(line: SlipLine) -> str:
    texts = (line.name + ("（赠品）" if line.given else ""), line.spec, line.sku_code or line.barcode or line.sku_id)
    numbers = (yuan(line.unit_amount), str(line.quantity), str(line.to_pack))
    named = "".join(f"<td>{escape(each)}</td>" for each in texts)
    return f"<tr>{named}{''.join(f'<td class=n>{each}</td>' for each in numbers)}</tr>"


def _code(number: str) -> str:
    import segno

    picture: str = segno.make(number, micro=False, error="m").svg_inline(scale=3, border=1)
    return picture
