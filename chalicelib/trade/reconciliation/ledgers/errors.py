"""Refusals of ledger checks."""

from chalicelib.core.errors import DomainError


class CheckNotFound(DomainError):
    code, status, message = "ledger_check_not_found", 404, "没有这次账目检查"


class PartMoved(DomainError):
    """Another message has moved the part on."""

    code, status, message = "ledger_part_moved", 409, "账目检查刚刚有了新进展，请刷新"
