"""WeChat's server API (``api.weixin.qq.com``), one module an area; :class:`Part` says how to add one."""

from infra.local.partners.wechat.service import State, WeChat

__all__ = ["State", "WeChat"]
