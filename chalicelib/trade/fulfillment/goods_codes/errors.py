"""Refusals of goods that are codes."""

from chalicelib.core.errors import DomainError


class CodesOff(DomainError):
    """The secret ``goods_code_key`` is not set: codes can not be kept sealed."""

    code, status, message = "codes_off", 409, "尚未配置卡密密钥，不能上传卡密"


class NotSoldAsCodes(DomainError):
    """No such SKU of the product, or the product is of another kind."""

    code, status, message = "not_sold_as_codes", 409, "该规格不是卡密商品"


class CodesChanged(DomainError):
    """Somebody uploaded some of them in this very moment; uploading again is safe."""

    code, status, message = "codes_changed", 409, "其他人刚刚上传了部分卡密，请重试"


class CodeUnreadable(DomainError):
    """The key that sealed it is not known any more."""

    code, status, message = "code_unreadable", 503, "卡密暂时无法读取，请联系客服"


class CodesPromised(DomainError):
    """Orders wait for so many of the pool's codes. ``details.left``: how many can go."""

    code, status, message = "codes_promised", 409, "卡密已被订单占用，当前最多可撤回 {left} 个"


class CodeTaken(DomainError):
    """Another order took it in this very moment. Never leaves the giving, which takes another."""

    code = "code_taken"
