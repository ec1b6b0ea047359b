"""What the staff's own administration refuses."""

from __future__ import annotations

from chalicelib.core.errors import DomainError


class WrongCredentials(DomainError):
    """The same for an unknown name, a wrong password and a closed account."""

    code, status, message = "wrong_credentials", 401, "账号或密码不正确"


class LoginLocked(DomainError):
    """Five failures in a row: nobody gets in under this name for fifteen minutes, known name or not."""

    code, status, message = "login_locked", 429, "失败次数过多，请稍后再试"


class UsernameTaken(DomainError):
    code, status, message = "username_taken", 409, "该账号已存在"


class RoleNotFound(DomainError):
    code, status, message = "role_not_found", 422, "角色不存在"


class UnknownPermission(DomainError):
    code, status, message = "unknown_permission", 422, "没有这样的权限"


class BeyondOwnPermissions(DomainError):
    """Nobody gives, takes or touches what they do not hold themselves."""

    code, status, message = "beyond_own_permissions", 403, "不能授予或修改超出自己权限的内容"


class BuiltInRole(DomainError):
    code, status, message = "built_in_role", 409, "内置角色不能修改"


class LastOwner(DomainError):
    code, status, message = "last_owner", 409, "至少要保留一位店主"


class StaffChanged(DomainError):
    """Somebody else changed the account or its role meanwhile; read it again."""

    code, status, message = "staff_changed", 409, "资料已被他人修改，请刷新后重试"


class TooManyStores(DomainError):
    code, status, message = "too_many_stores", 409, "一位员工最多所属 {limit} 家门店；总部人员请授予“所有门店”权限"


class OwnerExists(DomainError):
    code, status, message = "owner_exists", 409, "店主已存在"


class OwnPassword(DomainError):
    """One's own password is changed with the old one in hand."""

    code, status, message = "own_password", 409, "修改自己的密码请使用修改密码功能"
