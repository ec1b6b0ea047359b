"""Login of buyers."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.core import clock
from chalicelib.core.api import Api
from chalicelib.core.errors import PartnerUnavailable, TooManyRequests
from chalicelib.core.settings import settings
from chalicelib.gateways.wechat.errors import InvalidLoginCode, LoginBlocked
from chalicelib.mall.identity.members.models import Source
from chalicelib.mall.identity.members.schemas import MemberView
from chalicelib.mall.identity.service import Buyer
from chalicelib.mall.identity.sessions import service
from chalicelib.mall.identity.sessions.schemas import LogIn, SessionView

api = Api("sessions", title="登录 Sessions")


@api.post("/sessions", status=201, raises=[InvalidLoginCode, LoginBlocked, TooManyRequests, PartnerUnavailable])
def log_in(body: LogIn) -> SessionView:
    """Log in with the code of `wx.login`; the first time makes the member.

    A token lasts a day (setting `session_hours`); log in again when a call answers 401.
    """
    source = Source(scene=body.scene, channel=body.channel, path=body.path, inviter_id=body.inviter_id)
    logged_in = service.log_in(body.code, source)
    return SessionView(
        token=Buyer.token(logged_in.member.id, logged_in.openid),
        expires_at=clock.now() + timedelta(hours=settings().session_hours),
        is_new=logged_in.is_new,
        member=MemberView.of(logged_in.member),
    )
