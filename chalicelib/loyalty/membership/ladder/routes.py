"""What anybody may ask about levels."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.loyalty.membership.ladder import service
from chalicelib.loyalty.membership.ladder.schemas import Levels

api = Api("levels", title="会员等级 Membership")


@api.get("/levels")
def list_levels() -> Levels:
    """List the levels with what reaches and keeps them, and their benefits."""
    return service.offered()
