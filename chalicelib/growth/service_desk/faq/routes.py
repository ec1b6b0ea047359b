"""Questions that many ask."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.growth.service_desk.faq import service
from chalicelib.growth.service_desk.faq.errors import AlreadyVoted, ArticleNotFound
from chalicelib.growth.service_desk.faq.schemas import ArticleView, FaqView, FindArticles, Vote
from chalicelib.mall.identity.service import Buyer

api = Api("faq", title="常见问题 FAQ")


@api.get("/faq", cache_seconds=60)
def find_faq(query: FindArticles) -> FaqView:
    """List questions by category, or look for some."""
    return service.find(query.keyword)


@api.get("/faq/{article_id}", cache_seconds=60, raises=[ArticleNotFound])
def show_faq(article_id: str) -> ArticleView:
    """Show a question with its answer."""
    return service.show(article_id)


@api.post("/faq/{article_id}/vote", status=204, raises=[ArticleNotFound, AlreadyVoted])
def vote_faq(buyer: Buyer, article_id: str, body: Vote) -> None:
    """Say whether an answer helped, once."""
    service.vote(buyer.member_id, article_id, body.helpful)
