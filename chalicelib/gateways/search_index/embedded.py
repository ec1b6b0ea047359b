"""Answers from an index in this process. Queries are built from words, never parsed from text."""

from __future__ import annotations

import io
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalicelib.gateways.search_index import building, words
from chalicelib.gateways.search_index.building import ALWAYS, NEVER, RANKS, SEPARATOR
from chalicelib.gateways.search_index.facets import AGGREGATIONS, read_facets
from chalicelib.gateways.search_index.schemas import MAX_HITS, Facets, SearchQuery, SearchResult, Sort

if TYPE_CHECKING:
    import tantivy

#: A word counts most as a word of the name, then inside one, then in keywords, brand, category, then in the summary.
_BOOSTS = {"name_words": 6.0, "name_all": 3.0, "keywords": 2.5, "summary": 1.0}
_ALSO_ELSEWHERE = 0.1
_MAX_PREFIX = 30


class EmbeddedIndex:
    """An index unpacked into a directory of its own. Any thread may ask it. :meth:`close` removes the directory."""

    def __init__(self, packed: bytes) -> None:
        """:raises Exception: *packed* is not what :func:`building.build` of this format made."""
        import tantivy

        self._path = Path(tempfile.mkdtemp(prefix="siyu-search-"))
        try:
            with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as tar:
                tar.extractall(self._path, filter="data")
            self._schema = building.schema()
            index = tantivy.Index(self._schema, path=str(self._path))
            self._searcher = index.searcher()
            self._last_list_at = self._extreme("list_at", latest=True, otherwise=ALWAYS)
            self._first_unlist_at = self._extreme("unlist_at", latest=False, otherwise=NEVER)
        except BaseException:
            self.close()
            raise

    def __len__(self) -> int:
        return self._searcher.num_docs

    def close(self) -> None:
        """Remove the directory. Searches under way still read what they have opened."""
        shutil.rmtree(self._path, ignore_errors=True)

    def search(self, query: SearchQuery) -> SearchResult:
        """See :class:`~chalicelib.gateways.search_index.schemas.SearchIndex`."""
        filters = self._filters(query)
        for text in self._texts(query.keyword):
            asked = self._both(text, filters)
            hits = self._hits(asked, query, by_score=text is not None)
            if hits.count:
                return self._page(asked, hits, query)
        return SearchResult([], 0, facets=Facets() if query.facets else None)

    def suggest(self, prefix: str, *, now: datetime, limit: int = 10) -> list[str]:
        """See :class:`~chalicelib.gateways.search_index.schemas.SearchIndex`."""
        start = words.plain(building.clean(prefix[:_MAX_PREFIX]))
        if not start:
            return []
        hidden = self._visible(now)
        only = self._both(None, hidden) if hidden else None
        found = self._searcher.terms_with_prefix("suggestion", start, filter_query=only, limit=2 * limit)
        # The same words written in two ways are two terms.
        shown = {term.partition(SEPARATOR)[0]: term.partition(SEPARATOR)[2] for term, count in reversed(found) if count}
        return list(reversed(shown.values()))[:limit]

    def _page(self, asked: tantivy.Query, hits: Any, query: SearchQuery) -> SearchResult:
        cards = [self._searcher.doc(address).get_first("card").decode() for _, address in hits.hits]  # type: ignore[union-attr]
        reached = query.offset + len(cards)
        more = len(cards) == query.limit and reached < min(hits.count, MAX_HITS)
        facets = read_facets(self._searcher.aggregate(asked, AGGREGATIONS)) if query.facets else None
        return SearchResult(cards, hits.count, reached if more else None, facets)

    def _hits(self, asked: tantivy.Query, query: SearchQuery, *, by_score: bool) -> Any:
        import tantivy

        # Beyond the end a page is empty but still counted; tantivy wants a limit of at least one.
        offset = max(0, min(query.offset, MAX_HITS))
        limit = max(1, min(query.limit, MAX_HITS - offset))
        if by_score and query.sort is Sort.RELEVANCE:
            return self._searcher.search(asked, limit, offset=offset, weight_by_field="weight")
        return self._searcher.search(
            asked, limit, offset=offset, order_by_field=RANKS[query.sort], order=tantivy.Order.Asc
        )

    def _texts(self, keyword: str) -> Iterator[tantivy.Query | None]:
        """Queries for *keyword*, strict ones first: all words, then half of them, then any. None: no keyword at all."""
        if not keyword.strip():
            yield None
            return
        each = [self._word(word) for word in words.query_words(keyword)]
        for enough in sorted({len(each), (len(each) + 1) // 2, 1} - {0}, reverse=True) if each else ():
            yield self._at_least(each, enough)

    def _word(self, word: str) -> tantivy.Query:
        import tantivy

        query = tantivy.Query
        places = [
            query.boost_query(query.term_query(self._schema, field, word), boost) for field, boost in _BOOSTS.items()
        ]
        return query.disjunction_max_query(places, _ALSO_ELSEWHERE)

    def _at_least(self, queries: list[tantivy.Query], enough: int) -> tantivy.Query:
        import tantivy

        if enough == len(queries):
            return tantivy.Query.boolean_query([(tantivy.Occur.Must, each) for each in queries])
        options = [(tantivy.Occur.Should, each) for each in queries]
        return tantivy.Query.boolean_query(options, minimum_number_should_match=enough)

    def _both(self, text: tantivy.Query | None, filters: list[tantivy.Query]) -> tantivy.Query:
        import tantivy

        query, must = tantivy.Query, tantivy.Occur.Must
        wanted = text or query.all_query()
        if not filters:
            return wanted
        # A filter decides, it does not rank.
        return query.boolean_query([(must, wanted), *((must, query.const_score_query(each, 0.0)) for each in filters)])

    def _filters(self, query: SearchQuery) -> list[tantivy.Query]:
        found = self._visible(query.now)
        if query.category_id is not None:
            found.append(self._any_of("category", [building.clean(query.category_id)]))
        if query.brand_ids:
            found.append(self._any_of("brand", [building.clean(each) for each in query.brand_ids]))
        for name, values in query.attributes:
            found.append(self._any_of("attribute", [building.facet(name, value) for value in values]))
        if query.min_amount is not None or query.max_amount is not None:
            found.append(self._between("price", query.min_amount, query.max_amount))
        if query.in_stock:
            found.append(self._any_of("in_stock", [True]))
        return found

    def _visible(self, now: datetime) -> list[tantivy.Query]:
        """What hides products whose time has not come or is over: nothing, unless there are such."""
        at, found = building.milliseconds(now), []
        if self._last_list_at > at:
            found.append(self._between("list_at", None, at))
        if self._first_unlist_at <= at:
            found.append(self._between("unlist_at", at + 1, None))
        return found

    def _any_of(self, field: str, terms: list[Any]) -> tantivy.Query:
        import tantivy

        return tantivy.Query.term_set_query(self._schema, field, terms)

    def _between(self, field: str, low: int | None, high: int | None) -> tantivy.Query:
        import tantivy

        return tantivy.Query.range_query(self._schema, field, tantivy.FieldType.Integer, low, high)

    def _extreme(self, field: str, *, latest: bool, otherwise: int) -> int:
        import tantivy

        order = tantivy.Order.Desc if latest else tantivy.Order.Asc
        hits = self._searcher.search(tantivy.Query.all_query(), 1, order_by_field=field, order=order).hits
        return int(hits[0][0]) if hits else otherwise
