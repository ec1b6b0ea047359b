"""Staff: questions and answers."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.growth.service_desk.faq import service
from chalicelib.growth.service_desk.faq.errors import ArticleEdited, ArticleNotFound, TooManyArticles
from chalicelib.growth.service_desk.faq.schemas import (
    EditArticle,
    PutArticle,
    StaffArticleDetail,
    StaffArticleView,
    StaffFaqView,
)
from chalicelib.mall.identity.service import Staff

api = Api("faq_admin", title="常见问题 FAQ (staff)")


@api.get("/admin/faq", permission="service.read")
def list_faq(staff: Staff) -> StaffFaqView:
    """List every question, hidden ones too."""
    return service.all_of_them()


@api.post("/admin/faq", status=201, permission="service.write", raises=[TooManyArticles])
def make_faq(staff: Staff, body: EditArticle) -> StaffArticleView:
    """Write a question with its answer. Buyers see it within two minutes."""
    return service.make(body)


@api.get("/admin/faq/{article_id}", permission="service.read", raises=[ArticleNotFound])
def show_faq_article(staff: Staff, article_id: str) -> StaffArticleDetail:
    """Show a question, and how many its answer helped."""
    return service.detail(article_id)


@api.put("/admin/faq/{article_id}", permission="service.write", raises=[ArticleNotFound, ArticleEdited])
def edit_faq(staff: Staff, article_id: str, body: PutArticle) -> StaffArticleView:
    """Edit a question."""
    return service.put(article_id, body)


@api.delete("/admin/faq/{article_id}", permission="service.write")
def delete_faq(staff: Staff, article_id: str) -> None:
    """Take a question away."""
    service.delete(article_id)
