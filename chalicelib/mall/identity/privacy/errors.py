"""What is refused about a member's data."""

from __future__ import annotations

from chalicelib.core.errors import DomainError


class OpenObligations(DomainError):
    """Something is unfinished. ``reasons``: list of {code, message}."""

    code, status, message = "open_obligations", 409, "还有未完成的事项，暂时不能注销账号"


class ConsentLimitReached(DomainError):
    code, status, message = "consent_limit_reached", 409, "记录过多"
