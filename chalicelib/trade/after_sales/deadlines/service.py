"""What happens when nobody does anything. See docs/algorithms/after-sales.md, "Deadlines"."""

from __future__ import annotations

from chalicelib.core import clock
from chalicelib.core.settings import settings
from chalicelib.core.transaction import Transaction
from chalicelib.trade.after_sales import service
from chalicelib.trade.after_sales.deciding import service as deciding
from chalicelib.trade.after_sales.deciding.schemas import Agree
from chalicelib.trade.after_sales.errors import NoReturnAddress
from chalicelib.trade.after_sales.inspecting import service as inspecting
from chalicelib.trade.after_sales.models import SYSTEM, AfterSale, Status
from chalicelib.trade.after_sales.replacing import service as replacing
from chalicelib.trade.after_sales.returning import service as returning
from chalicelib.trade.after_sales.service import Case
from chalicelib.trade.after_sales.unsent import service as unsent

AGREED, REFUSED = "商家超时未处理，系统自动同意", "商家超时未处理，系统自动拒绝"
NOT_SENT, NOT_INSPECTED = "买家超时未寄回商品，售后关闭", "商家收货后超时未处理，系统自动通过"


def act(tx: Transaction, sale: AfterSale) -> None:
    """The deadline of the status in which *sale* is has come: act for the one who did not."""
    if sale.due_at is None or clock.now() < sale.due_at:
        return
    if sale.status in (Status.REQUESTED, Status.APPEALED):
        _answer(tx, service.case_of(sale))
    elif sale.status is Status.RETURNING:
        deciding.let_go(tx, service.case_of(sale), Status.CLOSED, actor=SYSTEM, text=NOT_SENT)
    elif sale.status is Status.RECEIVED:
        inspecting.accept_unseen(tx, service.case_of(sale), actor=SYSTEM, text=NOT_INSPECTED)
    elif sale.status is Status.SENT:
        known = returning.on_its_way(sale)
        service.ring(tx, sale, "退货包裹迟迟未到，请查看物流" if known else "退货单号无物流信息，请与买家核实")
    elif sale.status is Status.REPLACING:
        service.ring(tx, sale, "换货商品超时未发出")


def _answer(tx: Transaction, case: Case) -> None:
    """Staff said nothing: the setting ``after_sale_silence`` says what that means. Of what was used they must say."""
    silence = "wait" if unsent.used(case) else settings().after_sale_silence
    if silence == "refuse":
        deciding.refuse(tx, case, REFUSED, actor=SYSTEM)
        return
    if silence == "agree":
        try:
            sold_out = case.sale.replacement is not None and not replacing.in_stock(case.sale)
            deciding.agree(tx, case, Agree(note=AGREED), refund_instead=sold_out, actor=SYSTEM)
            return
        except NoReturnAddress:
            pass  # nobody can agree to a return without an address: staff have to
    service.ring(tx, case.sale, "售后申请超时未处理")
