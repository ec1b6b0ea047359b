"""Refusals of assists."""

from chalicelib.core.errors import DomainError


class AssistNotFound(DomainError):
    code, status, message = "assist_not_found", 404, "助力不存在"


class NotAssistable(DomainError):
    """``details.reason``: `not_running`, `not_for_me`, `not_on_sale`, `sold_out`, `limit_reached`, `had_already`."""

    code, status, message = "not_assistable", 409, "该商品暂时不能发起助力"


class OwnAssist(DomainError):
    code, status, message = "own_assist", 409, "不能给自己助力，快邀请好友来帮忙吧"


class OwnDevice(DomainError):
    """It comes from the device on which the assist was started."""

    code, status, message = "assist_own_device", 409, "请使用好友自己的手机助力"


class DeviceUsedUp(DomainError):
    """``details.limit``: of the campaign."""

    code, status, message = "assist_device_used_up", 409, "该手机助力次数已用完"


class AlreadyHelped(DomainError):
    code, status, message = "assist_already_helped", 409, "您已经助力过了"


class HelpsUsedUp(DomainError):
    """``details.limit``: of the campaign."""

    code, status, message = "assist_helps_used_up", 409, "您在本活动的助力次数已用完"


class OnlyNewcomers(DomainError):
    """``details.helpers``: `new` or `invited`."""

    code, status, message = "assist_only_newcomers", 409, "本活动仅限新用户助力"


class AssistOver(DomainError):
    code, status, message = "assist_over", 409, "助力已结束"


class AssistComplete(DomainError):
    code, status, message = "assist_complete", 409, "助力人数已满"


class AssistSoldOut(DomainError):
    code, status, message = "assist_sold_out", 409, "奖品已被领完"


class AssistMoved(DomainError):
    """Somebody helped, or it was ordered, in the same moment: ask for a preview again."""

    code, status, message = "assist_moved", 409, "助力刚刚发生了变化，请重新确认"


class SlotTaken(DomainError):
    """Never leaves the feature: the one that runs is found."""

    code = "assist_slot_taken"
