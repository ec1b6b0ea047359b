"""The published index: a version in the work bucket, a pointer to it, and a copy in each container.

A version is two objects: the packed index, which readers load, and the documents it was made of, from which the
next version is made without reading the whole catalog again.
"""

from __future__ import annotations

import gzip
import io
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

import orjson

from chalicelib.core import clock, ids
from chalicelib.gateways.object_storage import service as storage
from chalicelib.gateways.object_storage.errors import StorageUnavailable
from chalicelib.gateways.object_storage.service import Bucket
from chalicelib.gateways.search_index import building
from chalicelib.gateways.search_index.errors import IndexMoved, SearchUnavailable
from chalicelib.gateways.search_index.schemas import Document, Facets, SearchIndex, SearchQuery, SearchResult

log = logging.getLogger(__name__)

FORMAT = building.FORMAT
POINTER = "search/current.json"
RECHECK = timedelta(seconds=10)
"""How long a container may answer from an index that was replaced."""
KEEP_VERSIONS = 4
"""A container that has just read the pointer still finds the version it names."""
_TIMES = ("listed_at", "list_at", "unlist_at")


@dataclass(frozen=True, slots=True)
class Published:
    """What the pointer says. ``versions``: those still stored, newest first."""

    version: str
    format: int
    documents: int
    published_at: datetime
    versions: tuple[str, ...]
    etag: str


def published() -> Published | None:
    """What is published now; None when nothing ever was. :raises StorageUnavailable: unknown."""
    found = storage.get_with_etag(Bucket.WORK, POINTER)
    if found is None:
        return None
    value = orjson.loads(found[0])
    return Published(
        value["version"],
        value["format"],
        value["documents"],
        datetime.fromisoformat(value["published_at"]),
        tuple(value["versions"]),
        found[1],
    )


def publish(documents: Iterable[Document], *, replaces: Published | None) -> str:
    """Build an index of *documents* and make it the current one for everybody.

    :param replaces: what was published when *documents* were read.
    :returns: the version.
    :raises IndexMoved: something else is published by now; nothing changed.
    """
    everything = list(documents)
    version = ids.new("idx")
    kept = (version, *(replaces.versions if replaces else ()))
    storage.put(Bucket.WORK, _index_key(version), building.build(everything), "application/gzip")
    storage.put(Bucket.WORK, _documents_key(version), pack_documents(everything), "application/gzip")
    pointer = {
        "version": version,
        "format": FORMAT,
        "documents": len(everything),
        "published_at": clock.now(),
        "versions": kept[:KEEP_VERSIONS],
    }
    content, etag = orjson.dumps(pointer), replaces.etag if replaces else None
    if not storage.put_if(Bucket.WORK, POINTER, content, "application/json", etag=etag):
        _delete([version])
        raise IndexMoved()
    _delete(kept[KEEP_VERSIONS:])
    return version


def load_documents(source: Published) -> list[Document]:
    """The documents of a published version. :raises StorageUnavailable: they are gone or out of reach."""
    packed = storage.get(Bucket.WORK, _documents_key(source.version))
    if packed is None:
        raise StorageUnavailable()
    return unpack_documents(packed)


def pack_documents(documents: Iterable[Document]) -> bytes:
    """The documents as gzipped JSON Lines."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1) as lines:
        for document in documents:
            lines.write(orjson.dumps(document) + b"\n")
    return packed.getvalue()


def unpack_documents(packed: bytes) -> list[Document]:
    """The opposite of :func:`pack_documents`."""
    with gzip.GzipFile(fileobj=io.BytesIO(packed)) as lines:
        return [_document(line) for line in lines]


def open_current() -> SearchIndex:
    """The current index, loaded once per container; the pointer is read at most every :data:`RECHECK`.

    When a newer one can not be loaded the old one goes on answering.

    :raises SearchUnavailable: there is no old one.
    """
    return _current.get()


def forget() -> None:
    """Drop what this process has loaded: for tests that move to another cloud."""
    _current.forget()


class _Nothing:
    """The index of a mall that has not published one: it has no products."""

    def search(self, query: SearchQuery) -> SearchResult:
        return SearchResult([], 0, facets=Facets() if query.facets else None)

    def suggest(self, prefix: str, *, now: datetime, limit: int = 10) -> list[str]:
        return []

    def close(self) -> None:
        pass


class _Current:
    """The index of this process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.forget()

    def forget(self) -> None:
        self._index: SearchIndex | None = None
        self._version: str | None = None
        self._checked_at: datetime | None = None

    def get(self) -> SearchIndex:
        now = clock.now()
        # One caller looks for a newer version, the others go on with the one they have.
        if self._is_due(now) and self._lock.acquire(blocking=self._index is None):
            try:
                if self._is_due(now):
                    self._refresh()
                    self._checked_at = now
            finally:
                self._lock.release()
        if self._index is None:
            raise SearchUnavailable()
        return self._index

    def _is_due(self, now: datetime) -> bool:
        return self._index is None or self._checked_at is None or abs(now - self._checked_at) >= RECHECK

    def _refresh(self) -> None:
        try:
            newest = published()
            version = newest.version if newest else ""
            if self._version and not version:
                raise LookupError("what was published is gone")
            if version != self._version:
                self._replace(_load(newest) if newest else _Nothing(), version)
        except Exception:
            # Whatever is wrong with the new one, an old one is better than none.
            log.exception("the search index can not be refreshed", extra={"alarm": True, "version": self._version})

    def _replace(self, index: SearchIndex, version: str) -> None:
        old, self._index, self._version = self._index, index, version
        if old is not None:
            old.close()
        log.info("search index loaded", extra={"version": version})


def _load(source: Published) -> SearchIndex:
    from chalicelib.gateways.search_index.embedded import EmbeddedIndex

    packed = storage.get(Bucket.WORK, _index_key(source.version))
    if packed is None or source.format != FORMAT:
        raise LookupError(f"version {source.version} of format {source.format} can not be read")
    return EmbeddedIndex(packed)


def _delete(versions: Iterable[str]) -> None:
    for key in [make(version) for version in versions for make in (_index_key, _documents_key)]:
        try:
            storage.delete(Bucket.WORK, key)
        except StorageUnavailable:
            # What is published stands; an orphan costs a little room.
            log.warning("an old search index was not deleted", extra={"key": key})


def _index_key(version: str) -> str:
    return f"search/{version}.tar.gz"


def _documents_key(version: str) -> str:
    return f"search/{version}.jsonl.gz"


def _document(line: bytes) -> Document:
    value = orjson.loads(line)
    for name in _TIMES:
        if value[name] is not None:
            value[name] = datetime.fromisoformat(value[name])
    for name in ("categories", "attributes"):
        value[name] = tuple((first, second) for first, second in value[name])
    value["keywords"] = tuple(value["keywords"])
    value["brand"] = tuple(value["brand"]) if value["brand"] else None
    return Document(**value)


_current = _Current()
