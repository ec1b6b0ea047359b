"""What everybody may read of a product's reviews."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page
from chalicelib.trade.reviews.showing import service
from chalicelib.trade.reviews.showing.schemas import FindReviews, ReviewView
from chalicelib.trade.reviews.summary import service as summary
from chalicelib.trade.reviews.summary.schemas import ReviewSummary

api = Api("product_reviews", title="评价 Reviews")


@api.get("/products/{product_id}/reviews", cache_seconds=10)
def list_product_reviews(product_id: str, query: FindReviews) -> Page[ReviewView]:
    """List a product's reviews, newest first: all, those of one number of stars, with pictures, or added to."""
    return service.of_product(product_id, query)


@api.get("/products/{product_id}/review-summary", cache_seconds=30)
def show_review_summary(product_id: str) -> ReviewSummary:
    """Show the numbers of a product's reviews."""
    return summary.of_product(product_id)
