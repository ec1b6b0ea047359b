"""WeChat Pay API v3, direct merchant, public-key mode: JSAPI order, query, close, refund, notices.

``service`` is what the mall calls, ``notices`` what WeChat Pay calls; ``errors`` and ``schemas`` are the
words both use. Why this is our own client: docs/decisions/0001-own-wechat-pay-client.md.
"""
