"""Remembering searches, and counting what many look for."""

from __future__ import annotations

import logging
import zlib
from collections import Counter
from datetime import timedelta
from itertools import islice

from pynamodb.exceptions import PynamoDBException

from chalicelib.core import clock
from chalicelib.core.transaction import Transaction
from chalicelib.gateways.search_index import words
from chalicelib.mall.storefront.searches.models import DAY_SHARDS, CountedWord, HotWords, Search
from chalicelib.mall.storefront.searches.schemas import (
    CountedWordView,
    EditHotWords,
    HotWordsEditView,
    HotWordsView,
    HotWordView,
    SearchesView,
    SearchView,
)

log = logging.getLogger(__name__)

KEEP = timedelta(days=30)
HOT_DAYS = 7
MAX_HOT = 20
MAX_COUNTED = 50
MIN_MEMBERS = 3
"""A term that fewer members looked for is not shown to others: it may be somebody's name or number."""
MAX_TERM = 60
_SHOWN = 20
_READ = 500


def record(member_id: str, text: str, *, found: bool) -> None:
    """Remember that the member looked for *text*: one write. A failure of it is logged and harms nothing."""
    term = _term(text)
    if not term:
        return
    now = clock.now()
    shard = zlib.crc32(member_id.encode()) % DAY_SHARDS
    search = Search(
        member_id=member_id,
        term=term,
        text=words.tidy(text)[:MAX_TERM],
        day=f"{clock.today().isoformat()}#{shard}" if found else None,
        searched_at=now,
        expires_at=int((now + KEEP).timestamp()),
    )
    try:
        search.save()
    except PynamoDBException:
        log.exception("a search was not remembered", extra={"member_id": member_id})


def history(member_id: str) -> SearchesView:
    """What the member looked for in the last thirty days, latest first."""
    oldest = clock.now() - KEEP
    found = [each for each in islice(Search.query(member_id, limit=_READ), _READ) if each.searched_at > oldest]
    found.sort(key=lambda each: each.searched_at, reverse=True)
    return SearchesView(items=[SearchView(text=each.text, searched_at=each.searched_at) for each in found[:_SHOWN]])


def export(member_id: str) -> list[dict[str, object]]:
    """What is kept about the member, for the export of personal data."""
    return [each.model_dump(mode="json") for each in history(member_id).items]


def forget(member_id: str, text: str | None = None) -> None:
    """Forget one search of the member, or all."""
    if text is not None:
        if term := _term(text):
            Search(member_id=member_id, term=term).delete()
        return
    Search.delete_under(member_id)


def merge(member_id: str, from_member_id: str) -> None:
    """What one member looked for now belongs to another. Running it twice does no harm."""
    for each in Search.query(from_member_id):
        search = Search(
            member_id=member_id, **{n: getattr(each, n) for n in Search.get_attributes() if n != "member_id"}
        )
        search.save()
    forget(from_member_id)


def hot_words() -> HotWordsView:
    """Pinned words, then what most members looked for. One read."""
    words_ = _hot_words()
    pinned, blocked = words_.pinned or [], {_term(each) for each in words_.blocked or []}
    taken = {_term(each) for each in pinned} | blocked
    counted = [each.term for each in words_.counted or [] if each.term not in taken]
    items = [HotWordView(term=each, pinned=True) for each in pinned]
    items += [HotWordView(term=each, pinned=False) for each in counted]
    return HotWordsView(items=items[:MAX_HOT])


def show_hot_words() -> HotWordsEditView:
    """Hot words as staff see them."""
    found = _hot_words()
    counted = [CountedWordView(term=each.term, members=each.members) for each in found.counted or []]
    return HotWordsEditView(
        pinned=found.pinned or [], blocked=found.blocked or [], counted=counted, counted_at=found.counted_at
    )


def edit_hot_words(edit: EditHotWords) -> None:
    """Set what is pinned and what is blocked."""
    pinned, blocked = list(dict.fromkeys(edit.pinned)), list(dict.fromkeys(edit.blocked))
    with Transaction() as tx:
        tx.update(HotWords(), [HotWords.pinned.set(pinned), HotWords.blocked.set(blocked)])


def count_hot_words() -> dict[str, int]:
    """Count the different members behind each term of the last seven business days: a member's row of a term
    stands on the latest day only.

    :returns: what was done, for the log.
    """
    members: Counter[str] = Counter()
    for ago in range(HOT_DAYS):
        day = (clock.today() - timedelta(days=ago)).isoformat()
        for shard in range(DAY_SHARDS):
            members.update(each.term for each in Search.by_day.query(f"{day}#{shard}"))
    many = sorted((item for item in members.items() if item[1] >= MIN_MEMBERS), key=lambda item: (-item[1], item[0]))
    counted = [CountedWord(term=term, members=count) for term, count in many[:MAX_COUNTED]]
    with Transaction() as tx:
        tx.update(HotWords(), [HotWords.counted.set(counted), HotWords.counted_at.set(clock.now())])
    return {"terms": len(members), "hot": len(counted)}


def _hot_words() -> HotWords:
    empty = HotWords()
    return HotWords.find(empty.kind, empty.term) or empty


def _term(text: str) -> str:
    """The same for everybody who means the same; empty for text without any."""
    return words.plain(text[: words.MAX_TEXT])[:MAX_TERM].strip()
