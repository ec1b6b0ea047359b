"""Documents into an index: a gzipped tar of the tantivy directory.

One writing thread and a budget larger than any catalog make one segment, and documents go in by popularity, so the
same documents always give the same order. Sorts are ranks computed here, once: unique, hence without ties.
"""

from __future__ import annotations

import io
import math
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalicelib.gateways.search_index import words
from chalicelib.gateways.search_index.schemas import Document, Sort

if TYPE_CHECKING:
    import tantivy

FORMAT = 1
"""Raise it when a change here makes older indexes unreadable to the code, or newer ones to older code."""

SEPARATOR = "\x1f"
TEXT_FIELDS = ("name_words", "name_all", "keywords", "summary")
EXACT_FIELDS = ("id", "category", "brand", "attribute")
FACET_FIELDS = ("category_facet", "brand_facet", "attribute_facet")
RANKS = {sort: f"rank_{sort.value}" for sort in Sort}
ALWAYS = 0
NEVER = 2**53
_HEAP_BYTES = 1_000_000_000  # a budget, not an allocation: what is needed is taken
_MAX_FACET_VALUE = 32
_MAX_SUGGESTION = 30
_MIN_SUGGESTION = 2


def schema() -> tantivy.Schema:
    """The fields of an index."""
    import tantivy

    fields = tantivy.SchemaBuilder()
    for name in TEXT_FIELDS:
        fields.add_text_field(name, tokenizer_name="words", index_option="freq")
    for name in (*EXACT_FIELDS, "suggestion"):
        fields.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in FACET_FIELDS:
        fields.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    for name in ("price", "list_at", "unlist_at", *RANKS.values()):
        fields.add_integer_field(name, fast=True)
    fields.add_boolean_field("in_stock", indexed=True)
    fields.add_float_field("weight", fast=True)
    fields.add_bytes_field("card", stored=True)
    return fields.build()


def build(documents: Iterable[Document]) -> bytes:
    """An index of *documents* (each id once), ready to publish."""
    import tantivy

    ranked = sorted(documents, key=_ORDERS[Sort.RELEVANCE])
    if len({document.id for document in ranked}) != len(ranked):
        raise ValueError("a document id occurs twice")
    ranks = {sort: _ranks(ranked, sort) for sort in Sort}
    with tempfile.TemporaryDirectory(prefix="siyu-index-") as path:
        index = tantivy.Index(schema(), path=path)
        index.register_tokenizer("words", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())
        writer = index.writer(heap_size=_HEAP_BYTES, num_threads=1)
        for document in ranked:
            places = {RANKS[sort]: ranks[sort][document.id] for sort in Sort}
            writer.add_document(tantivy.Document.from_dict({**_fields(document), **places}))
        writer.commit()
        writer.wait_merging_threads()
        return _pack(Path(path))


def milliseconds(at: datetime) -> int:
    """An aware time as the index stores it."""
    return int(at.timestamp() * 1000)


@lru_cache(maxsize=4096)  # a catalog repeats them
def facet(value_id: str, name: str) -> str:
    """An id and its name as one facet value."""
    return clean(value_id) + SEPARATOR + clean(name)


def clean(text: str) -> str:
    """*text* as a term: no separator, no lone surrogate."""
    return text.replace(SEPARATOR, " ").encode("utf-8", "ignore").decode()


def _newest(document: Document) -> int:
    return -milliseconds(document.listed_at)


_ORDERS: dict[Sort, Callable[[Document], Any]] = {
    Sort.RELEVANCE: lambda d: (not d.in_stock, -d.sales, _newest(d), d.id),
    Sort.SALES: lambda d: (-d.sales, d.id),
    Sort.PRICE_ASC: lambda d: (d.price_amount, d.id),
    Sort.PRICE_DESC: lambda d: (-d.price_amount, d.id),
    Sort.NEWEST: lambda d: (_newest(d), d.id),
    Sort.RATING: lambda d: (-d.rating_bps, -d.sales, d.id),
}


def _ranks(documents: Sequence[Document], sort: Sort) -> dict[str, int]:
    return {document.id: rank for rank, document in enumerate(sorted(documents, key=_ORDERS[sort]))}


def _fields(document: Document) -> dict[str, Any]:
    name_words = words.words(document.name)
    known_as = [*document.keywords, *([document.brand[1]] if document.brand else []), *_own_category(document)]
    attributes = [facet(name, value) for name, value in document.attributes]
    brands = [document.brand] if document.brand else []
    return {
        "id": document.id,
        "name_words": " ".join(name_words),
        "name_all": " ".join(words.all_words(document.name)),
        "keywords": " ".join(words.all_words(" ".join(known_as))),
        "summary": " ".join(words.all_words(document.summary)),
        "category": [clean(category_id) for category_id, _ in document.categories],
        "category_facet": [facet(*category) for category in document.categories],
        "brand": [clean(brand_id) for brand_id, _ in brands],
        "brand_facet": [facet(*brand) for brand in brands],
        "attribute": attributes,
        "attribute_facet": [
            each for each, (_, value) in zip(attributes, document.attributes, strict=True) if _short(value)
        ],
        "suggestion": _suggestions(document, name_words),
        "price": document.price_amount,
        "list_at": milliseconds(document.list_at) if document.list_at else ALWAYS,
        "unlist_at": milliseconds(document.unlist_at) if document.unlist_at else NEVER,
        "in_stock": document.in_stock,
        "weight": _weight(document),
        "card": document.card.encode(),
    }


def _own_category(document: Document) -> list[str]:
    return [document.categories[-1][1]] if document.categories else []


def _short(value: str) -> bool:
    return len(value) <= _MAX_FACET_VALUE


def _suggestions(document: Document, name_words: Sequence[str]) -> list[str]:
    """What a buyer may have begun to type: ``<plain text>\\x1f<text to show>``."""
    shown = [document.name, *document.keywords, *name_words, *(name for _, name in document.categories)]
    if document.brand:
        shown.append(document.brand[1])
    return list(dict.fromkeys(_suggestion(each) for each in shown if _MIN_SUGGESTION <= len(each) <= _MAX_SUGGESTION))


@lru_cache(maxsize=4096)
def _suggestion(shown: str) -> str:
    shown = " ".join(clean(shown).split())
    return words.plain(shown) + SEPARATOR + shown


def _weight(document: Document) -> float:
    """How much popularity lifts a score: times 1 to about 1.7. Tantivy multiplies by ``log2(2 + weight)``."""
    factor = 1 + 0.08 * math.log10(1 + document.sales) + (0.25 if document.in_stock else 0)
    return float(2**factor - 2)


def _pack(directory: Path) -> bytes:
    packed = io.BytesIO()
    # Level 1: tantivy has compressed the large part, more effort saves little.
    with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=1) as tar:
        for path in sorted(directory.iterdir()):
            if path.suffix != ".lock":
                tar.add(path, path.name, recursive=False)
    return packed.getvalue()
