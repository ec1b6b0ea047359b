"""Refusals of segments."""

from chalicelib.core.errors import DomainError


class SegmentNotFound(DomainError):
    code, status, message = "segment_not_found", 404, "人群不存在"


class SegmentEdited(DomainError):
    """``details.version``: of the segment as it is now."""

    code, status, message = "segment_edited", 409, "人群刚刚被修改，请刷新"


class SegmentActive(DomainError):
    """It has members: stop it first."""

    code, status, message = "segment_active", 409, "请先停用该人群"


class TooManySegments(DomainError):
    """``details.limit``."""

    code, status, message = "too_many_segments", 409, "人群数量已达上限 {limit}"


class SettingsEdited(DomainError):
    """``details.version``: of the settings as they are now."""

    code, status, message = "segment_settings_edited", 409, "设置刚刚被修改，请刷新"


class UnknownTag(DomainError):
    """``details.tag``: not among the tags that there are."""

    code, status, message = "unknown_tag", 422, "标签 {tag} 不存在"


class TooManyTags(DomainError):
    """``details.limit``: by hand, for one member."""

    code, status, message = "too_many_tags", 409, "每位会员最多手动添加 {limit} 个标签"


class RunNotFound(DomainError):
    code, status, message = "segment_run_not_found", 404, "计算任务不存在"


class FactsMoved(DomainError):
    """Somebody wrote the member's facts meanwhile; nothing was written. Look again."""

    code, status, message = "member_facts_moved", 409, "会员数据刚刚更新，请重试"
