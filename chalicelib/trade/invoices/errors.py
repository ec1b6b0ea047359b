"""Refusals of invoices."""

from chalicelib.core.errors import DomainError


class TitleNotFound(DomainError):
    code, status, message = "invoice_title_not_found", 404, "没有这个发票抬头"


class TitleLimitReached(DomainError):
    code, status, message = "invoice_title_limit_reached", 409, "发票抬头最多保存 20 个"


class TitlesMoved(DomainError):
    """The book changed since it was read."""

    code, status, message = "invoice_titles_moved", 409, "发票抬头刚刚有变动，请重试"


class OrderNotCompleted(DomainError):
    code, status, message = "order_not_completed", 409, "订单完成后才能申请发票"


class InvoiceWindowOver(DomainError):
    code, status, message = "invoice_window_over", 409, "已超过申请发票的期限"


class NothingToInvoice(DomainError):
    """Nothing was paid in money, or all of it went back."""

    code, status, message = "nothing_to_invoice", 409, "该订单没有可开票金额"


class InvoiceExists(DomainError):
    """The order has one that is not over."""

    code, status, message = "invoice_exists", 409, "该订单已有发票申请"


class InvoiceNotFound(DomainError):
    code, status, message = "invoice_not_found", 404, "没有这张发票"


class InvoiceMoved(DomainError):
    """It is not what it was, or may not take this step."""

    code, status, message = "invoice_moved", 409, "发票状态刚刚发生了变化，请刷新"


class InvoiceAmountDiffers(DomainError):
    """``amount``: what it has to be about. A refund may have lowered it since."""

    code, status, message = "invoice_amount_differs", 409, "开票金额与申请金额不一致"


class InvoiceFileMissing(DomainError):
    """Nothing was uploaded, or no PDF or OFD."""

    code, status, message = "invoice_file_missing", 409, "请先上传 PDF 或 OFD 发票文件"


class NoInvoiceFile(DomainError):
    code, status, message = "no_invoice_file", 404, "发票还没有文件"
