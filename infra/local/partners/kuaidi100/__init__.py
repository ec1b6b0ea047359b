"""Kuaidi100 (``poll.kuaidi100.com``): subscriptions, queries, callbacks, and the couriers behind them."""

from infra.local.partners.kuaidi100.service import Kuaidi100

__all__ = ["Kuaidi100"]
