"""Refusals of orders."""

from chalicelib.core.errors import DomainError


class OrderNotFound(DomainError):
    code, status, message = "order_not_found", 404, "订单不存在"


class OrderNotPending(DomainError):
    code, status, message = "order_not_pending", 409, "订单不是待付款状态"


class OrderChanged(DomainError):
    code, status, message = "order_changed", 409, "订单刚刚发生了变化，请刷新后再试"


class OrderNotEditable(DomainError):
    code, status, message = "order_not_editable", 409, "订单当前状态不允许修改"


class MemoFull(DomainError):
    code, status, message = "memo_full", 409, "订单 {number} 的商家备注写不下了"


class UnfinishedOrder(DomainError):
    code, status, message = "unfinished_order", 409, "还有未完成的订单"
