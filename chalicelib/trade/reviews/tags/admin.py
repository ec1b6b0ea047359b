"""Staff: the tags of reviews."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.mall.identity.service import Staff
from chalicelib.trade.reviews.tags import service
from chalicelib.trade.reviews.tags.schemas import SetTags

api = Api("review_tags", title="评价 Reviews (staff)")


@api.get("/admin/review-tags", permission="reviews.read")
def show_review_tags(staff: Staff) -> SetTags:
    """Show the tags that buyers choose among."""
    return SetTags(tags=service.all_of_them())


@api.put("/admin/review-tags", permission="reviews.write")
def set_review_tags(staff: Staff, body: SetTags) -> SetTags:
    """Set the tags. Reviews keep those that they have."""
    service.put(body)
    return SetTags(tags=service.all_of_them())
