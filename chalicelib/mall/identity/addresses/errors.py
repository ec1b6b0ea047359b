"""What the address book refuses."""

from __future__ import annotations

from chalicelib.core.errors import DomainError


class AddressLimitReached(DomainError):
    code, status, message = "address_limit_reached", 409, "最多保存{limit}个收货地址"
