"""Questions and answers, in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Line, Schema
from chalicelib.growth.service_desk.faq.models import FaqArticle

Text = Annotated[
    str, Field(min_length=1, max_length=5000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]+$", examples=["七天内"])
]
Word = Annotated[str, Field(min_length=1, max_length=20, pattern=r"^[^\x00-\x1f\x7f]+$", examples=["退货"])]


class EditArticle(Schema):
    """A question with its answer, whole."""

    category: Line
    """Articles of one name stand together."""
    question: Annotated[Line, Field(examples=["多久可以退货？"])]
    answer: Text
    keywords: Annotated[list[Word], Field(max_length=20)] = []
    """Other words that people use for it."""
    sort: Annotated[int, Field(ge=0, le=100_000)] = 0
    """The least stands first, categories by their first article."""
    visible: bool = True


class PutArticle(EditArticle):
    """``PUT /admin/faq/{article_id}``."""

    version: Annotated[int, Field(ge=1, le=1_000_000_000)]
    """As it was read."""


class ArticleCard(Schema):
    """A question in a list."""

    id: str
    category: str
    question: str

    @classmethod
    def of(cls, article: FaqArticle) -> ArticleCard:
        return cls(id=article.id, category=article.category, question=article.question)


class ArticleView(ArticleCard):
    """A question with its answer."""

    answer: str
    updated_at: datetime


class FaqView(Schema):
    """Questions: all, by category; or those that match, the best first."""

    items: list[ArticleCard]


class FindArticles(Schema):
    """``GET /faq``."""

    keyword: Annotated[str, Field(max_length=100)] = ""
    """What to look for, as typed."""


class Vote(Schema):
    """``POST /faq/{article_id}/vote``."""

    helpful: bool


class StaffArticleView(EditArticle):
    """A question as staff see it."""

    id: str
    version: int
    updated_at: datetime

    @classmethod
    def of(cls, article: FaqArticle) -> StaffArticleView:
        return cls.model_validate({name: getattr(article, name) for name in cls.model_fields})


class StaffArticleDetail(StaffArticleView):
    """With its numbers."""

    helpful: int
    useless: int


class StaffFaqView(Schema):
    """All questions, hidden ones too."""

    items: list[StaffArticleView]
