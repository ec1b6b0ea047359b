"""What campaigns announce, and their deadlines."""

from chalicelib.core.events import Event


class CampaignEvent(Event):
    """Names a campaign."""

    campaign_id: str
    play: str = ""


class CampaignScheduled(CampaignEvent):
    """Its stock is being set aside and its boards posted."""


class CampaignStarted(CampaignEvent):
    """Its window began."""


class CampaignClosed(CampaignEvent):
    """Withdrawn, ended or stopped: boards and stock are cleared. ``status``: which of them."""

    status: str = ""


class CampaignOrdered(CampaignEvent):
    """An order took its pieces. ``invited_by``: the member who brought the buyer to it, where the play knows."""

    member_id: str
    order_id: str
    invited_by: str | None = None


class CampaignOrderCanceled(CampaignEvent):
    """An order of the campaign ended without goods: what the play itself had claimed goes back."""

    member_id: str
    order_id: str


class OpenCampaign(CampaignEvent):
    """Deadline: the window begins."""


class CloseCampaign(CampaignEvent):
    """Deadline: the window ends."""


class PiecesReturned(CampaignEvent):
    """After-sales bring back pieces that were sold from a key of the play's own. ``exchanged``: the buyer gets
    others in their place; if they are refunded instead in the end, it is told once more, without."""

    member_id: str
    order_id: str
    after_sale_id: str
    owner: str
    sku_id: str
    pieces: int
    exchanged: bool = False


class ReleaseReturned(CampaignEvent):
    """Deadline: pieces came back to a key at which the play keeps some for members: they are on sale again."""

    owner: str
    sku_id: str
    pieces: int
    after_sale_id: str = ""


class SettleCampaign(CampaignEvent):
    """Bring boards and stock to what the campaign's status says."""
