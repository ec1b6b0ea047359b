"""Refusals of shipping reports."""

from chalicelib.core.errors import DomainError


class ReportNotFound(DomainError):
    code, status, message = "shipping_report_not_found", 404, "没有该订单的微信发货记录"


class NothingToReport(DomainError):
    code, status, message = "nothing_to_report", 409, "微信已收到发货信息，或该订单无需录入"


class ReportMoved(DomainError):
    """Since it was read there is something newer to tell."""

    code, status, message = "shipping_report_moved", 409, "发货信息刚刚发生了变化，请刷新后再试"


class ReportBusy(DomainError):
    """Another process is telling WeChat of this very order."""

    code, status, message = "shipping_report_busy", 409, "正在录入微信发货信息，请稍后再试"
