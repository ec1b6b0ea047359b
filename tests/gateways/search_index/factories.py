"""Small documents for tests of search."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from chalicelib.gateways.search_index import building
from chalicelib.gateways.search_index.embedded import EmbeddedIndex
from chalicelib.gateways.search_index.schemas import Document, SearchQuery, SearchResult

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def document(name: str, **more: Any) -> Document:
    """A document whose id is *name* unless said otherwise, and whose card tells its id."""
    more.setdefault("id", name)
    more.setdefault("price_amount", 10_000)
    more.setdefault("listed_at", NOW)
    return Document(name=name, card=json.dumps({"id": more["id"]}, ensure_ascii=False), **more)


def index_of(*documents: Document) -> EmbeddedIndex:
    return EmbeddedIndex(building.build(documents))


def found(result: SearchResult) -> list[str]:
    """The ids of a page."""
    return [json.loads(card)["id"] for card in result.cards]


def ask(index: Any, keyword: str = "", **more: Any) -> list[str]:
    """The ids that *keyword* finds."""
    return found(index.search(SearchQuery(more.pop("now", NOW), keyword=keyword, **more)))
