"""What staff look for."""

from __future__ import annotations

from datetime import datetime

from pydantic import ConfigDict, model_validator

from chalicelib.core.schemas import Id, PageQuery, Schema


class FindStarted(PageQuery):
    """By campaign, by member, or by both."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"campaign_id": "cmp_01m85mg28xyz"}]})

    campaign_id: Id | None = None
    member_id: Id | None = None
    """Who started it."""

    @model_validator(mode="after")
    def _named(self) -> FindStarted:
        if self.campaign_id is None and self.member_id is None:
            raise ValueError("name a campaign_id or a member_id")
        return self


class DeskStarted(Schema):
    """What a member started for a SKU of a campaign, in a list."""

    id: str
    campaign_id: str
    member_id: str
    """Who started it."""
    product_id: str
    sku_id: str
    started_at: datetime
    ends_at: datetime
    """Until when friends can help."""
    order_id: str | None
