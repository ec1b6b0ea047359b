"""Questions and answers: few, so a container keeps them for a minute, and searches them itself.

Search is by bigrams: each pair of neighbors of what was typed is looked for in the question, its other words and the
answer. That needs no dictionary, finds "退货" in "可以退换货吗" by half, and never fails on a new word.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.core import clock, ids
from chalicelib.core.transaction import Transaction
from chalicelib.gateways.search_index.words import plain
from chalicelib.growth.service_desk.faq.errors import AlreadyVoted, ArticleEdited, ArticleNotFound, TooManyArticles
from chalicelib.growth.service_desk.faq.models import MALL, SHARDS, FaqArticle, FaqCount, FaqVote
from chalicelib.growth.service_desk.faq.schemas import (
    ArticleCard,
    ArticleView,
    EditArticle,
    FaqView,
    PutArticle,
    StaffArticleDetail,
    StaffArticleView,
    StaffFaqView,
)
from chalicelib.mall.identity.members import service as members

MOST = 300
KEEP = timedelta(minutes=1)
_WEIGHTS = (3, 3, 1)  # question, other words, answer
_SHOWN = 20
Grams = frozenset[str]


@dataclass(frozen=True)
class _Known:
    """An article with the bigrams of its parts."""

    article: FaqArticle
    parts: tuple[Grams, Grams, Grams]


_kept: tuple[datetime, list[_Known]] | None = None


def forget() -> None:
    """Read the articles again when they are asked for next."""
    global _kept
    _kept = None


def find(keyword: str) -> FaqView:
    """All visible questions by category; with a keyword those that match, the best first."""
    known = _articles()
    wanted = _grams(keyword)
    if not wanted:
        return FaqView(items=[ArticleCard.of(each.article) for each in known])
    scored = [(_score(each, wanted), each) for each in known]
    best = sorted((each for each in scored if each[0] > 0), key=lambda each: -each[0])[:_SHOWN]
    return FaqView(items=[ArticleCard.of(each.article) for _, each in best])


def show(article_id: str) -> ArticleView:
    """A visible question with its answer. :raises ArticleNotFound:"""
    article = next((each.article for each in _articles() if each.article.id == article_id), None)
    if article is None:
        raise ArticleNotFound()
    card = ArticleCard.of(article)
    return ArticleView(**card.model_dump(), answer=article.answer, updated_at=article.updated_at)


def vote(member_id: str, article_id: str, helpful: bool) -> None:
    """Say once whether an answer helped. :raises ArticleNotFound: :raises AlreadyVoted:"""
    show(article_id)
    row = FaqVote(member_id=member_id, article_id=article_id, helpful=helpful, voted_at=clock.now())
    counted = FaqCount.helpful if helpful else FaqCount.useless
    with Transaction() as tx:
        members.require_active(tx, member_id)
        tx.put(row, only_if=FaqVote.article_id.does_not_exist(), otherwise=AlreadyVoted())
        tx.update(FaqCount(article_id=article_id, shard=str(secrets.randbelow(SHARDS))), [counted.add(1)])


def forget_votes(member_id: str) -> None:
    """A closed account's votes stay in the numbers, and name nobody. Running it twice does no harm."""
    FaqVote.delete_under(member_id)


def all_of_them() -> StaffFaqView:
    """Every question, as it is stored."""
    return StaffFaqView(items=[StaffArticleView.of(each) for each in _sorted(_stored())])


def detail(article_id: str) -> StaffArticleDetail:
    """A question with its numbers. :raises ArticleNotFound:"""
    rows = list(FaqCount.query(article_id))
    return StaffArticleDetail(
        **StaffArticleView.of(_load(article_id)).model_dump(),
        helpful=sum(row.helpful for row in rows),
        useless=sum(row.useless for row in rows),
    )


def make(asked: EditArticle) -> StaffArticleView:
    """A new question. :raises TooManyArticles:"""
    if len(_stored()) >= MOST:
        raise TooManyArticles(most=MOST)
    article = FaqArticle(shop=MALL, id=ids.new("faq"), updated_at=clock.now(), **asked.model_dump())
    with Transaction() as tx:
        tx.put(article, only_if=FaqArticle.id.does_not_exist(), otherwise=ArticleEdited(version=0))
    forget()
    return StaffArticleView.of(article)


def put(article_id: str, asked: PutArticle) -> StaffArticleView:
    """Edit a question. :raises ArticleNotFound: :raises ArticleEdited: somebody else did meanwhile."""
    stored = _load(article_id)
    fields = {**asked.model_dump(), "version": asked.version + 1}
    article = FaqArticle(shop=MALL, id=article_id, updated_at=clock.now(), **fields)
    with Transaction() as tx:
        refusal = ArticleEdited(version=stored.version)
        tx.put(article, only_if=FaqArticle.version == asked.version, otherwise=refusal)
    forget()
    return StaffArticleView.of(article)


def delete(article_id: str) -> None:
    """Take a question away; again changes nothing."""
    with Transaction() as tx:
        tx.delete(FaqArticle(shop=MALL, id=article_id))
    forget()


def _load(article_id: str) -> FaqArticle:
    found = FaqArticle.find(MALL, article_id, consistent=True)
    if found is None:
        raise ArticleNotFound()
    return found


def _articles() -> list[_Known]:
    """The visible articles, at most :data:`KEEP` old."""
    global _kept
    now = clock.now()
    if _kept is None or not timedelta() <= now - _kept[0] < KEEP:
        _kept = (now, [_known(each) for each in _sorted(_stored()) if each.visible])
    return _kept[1]


def _stored() -> list[FaqArticle]:
    return list(FaqArticle.query(MALL))


def _sorted(articles: list[FaqArticle]) -> list[FaqArticle]:
    first: dict[str, int] = {}
    for each in articles:
        first[each.category] = min(each.sort, first.get(each.category, each.sort))
    return sorted(articles, key=lambda each: (first[each.category], each.category, each.sort, each.id))


def _known(article: FaqArticle) -> _Known:
    words = " ".join([article.category, *article.keywords])
    return _Known(article, (_grams(article.question), _grams(words), _grams(article.answer)))


def _grams(text: str) -> Grams:
    """Each pair of neighbors within words and runs; a single letter is itself."""
    found: set[str] = set()
    for run in "".join(char if char.isalnum() else " " for char in plain(text)).split():
        found |= {run[i : i + 2] for i in range(len(run) - 1)} or {run}
    return frozenset(found)


def _score(known: _Known, wanted: Grams) -> int:
    return sum(weight * len(wanted & part) for weight, part in zip(_WEIGHTS, known.parts, strict=True))
