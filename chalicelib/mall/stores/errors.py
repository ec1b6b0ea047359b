"""Refusals of stores and warehouses."""

from chalicelib.core.errors import DomainError


class StoreNotFound(DomainError):
    code, status, message = "store_not_found", 404, "门店不存在"


class StoreNameTaken(DomainError):
    code, status, message = "store_name_taken", 409, "已有同名的门店或仓库“{name}”"


class StoresFull(DomainError):
    code, status, message = "stores_full", 409, "门店和仓库最多 {limit} 个"


class StaleStore(DomainError):
    """``details.version``: the version that is stored."""

    code, status, message = "stale_store", 409, "其他人刚刚修改了这个门店，请刷新后再试"


class StoresEdited(DomainError):
    """Someone else changed the list in the same moment; asking again is safe."""

    code, status, message = "stores_edited", 409, "其他人刚刚修改了门店，请重试"


class NotAnOrigin(DomainError):
    """It is inactive, or ships no parcels."""

    code, status, message = "not_an_origin", 409, "该门店未启用或不发货，不能作为默认发货地"


class DefaultOriginKept(DomainError):
    """The default origin must go on to exist, be active and ship parcels: name another one first."""

    code, status, message = "default_origin_kept", 409, "这是默认发货地，请先指定另一个默认发货地"


class NotYourStore(DomainError):
    """Who asks does not work there, and not everywhere."""

    code, status, message = "not_your_store", 403, "您不属于该门店"
