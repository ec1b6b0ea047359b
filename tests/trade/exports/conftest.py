"""What trade takes out: the desk of mall/exports, and a till."""

from tests.mall.exports.conftest import desk
from tests.trade.payments.conftest import _one_tender, till

__all__ = ["_one_tender", "desk", "till"]
