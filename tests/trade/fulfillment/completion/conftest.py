"""Completing orders: the bench of the shipping reports serves here too."""

from tests.trade.fulfillment.reporting.conftest import Desk, desk
from tests.trade.payments.conftest import _one_tender, impatient, meanwhile, till

__all__ = ["Desk", "_one_tender", "desk", "impatient", "meanwhile", "till"]
