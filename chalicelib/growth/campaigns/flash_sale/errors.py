"""Refusals of flash sales."""

from chalicelib.core.errors import DomainError


class SessionNotFound(DomainError):
    code, status, message = "flash_sale_session_not_found", 404, "秒杀场次不存在或已结束"


class NotOpenYet(DomainError):
    """``details.starts_at``, ``details.now``: by the mall's clock."""

    code, status, message = "flash_sale_not_open", 409, "本场秒杀还没有开始"


class SessionOver(DomainError):
    code, status, message = "flash_sale_over", 409, "本场秒杀已结束"


class SoldOut(DomainError):
    """Pieces may come back while the session runs. Who lost an answer asks `GET /flash-sale/tickets`."""

    code, status, message = "flash_sale_sold_out", 409, "已抢光，有人放弃时还可以再抢"


class NotForYou(DomainError):
    code, status, message = "flash_sale_not_for_you", 409, "本活动仅限指定会员参加"


class LimitReached(DomainError):
    code, status, message = "flash_sale_limit_reached", 409, "您购买的件数已达活动限购"


class AlreadyBought(DomainError):
    """``details.order_id``"""

    code, status, message = "flash_sale_already_bought", 409, "本场您已经抢到并下单"


class TriesUsed(DomainError):
    code, status, message = "flash_sale_tries_used", 409, "本场您的抢购机会已用完"


class TicketGone(DomainError):
    """It was used, or its time is over: ask for a preview again."""

    code, status, message = "flash_sale_ticket_gone", 409, "抢购资格已使用或已过期，请重新确认"


class TicketMoved(DomainError):
    """Never leaves the play: another tap of the member was quicker."""

    code = "flash_sale_ticket_moved"
