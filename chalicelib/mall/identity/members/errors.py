"""What is refused about members."""

from __future__ import annotations

from chalicelib.core.errors import DomainError


class PhoneTaken(DomainError):
    """The number belongs to a member with a login of their own."""

    code, status, message = "phone_taken", 409, "该手机号已绑定其他账号"


class Changed(DomainError):
    """Somebody was faster; inside identity this means: look again and decide anew. Never leaves it."""

    code, status, message = "changed", 409, "请重试"
