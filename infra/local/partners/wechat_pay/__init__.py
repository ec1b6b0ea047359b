"""WeChat Pay API v3 (``api.mch.weixin.qq.com``) for one direct merchant in public-key mode."""

from infra.local.partners.wechat_pay.service import WeChatPay

__all__ = ["WeChatPay"]
