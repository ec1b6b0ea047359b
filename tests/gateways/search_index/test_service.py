"""Publishing an index, and how a container follows."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest

from chalicelib.gateways.object_storage import service as storage
from chalicelib.gateways.object_storage.service import Bucket
from chalicelib.gateways.search_index import building, service
from chalicelib.gateways.search_index.embedded import EmbeddedIndex
from chalicelib.gateways.search_index.errors import IndexMoved, SearchUnavailable
from tests.gateways.search_index.factories import NOW, ask, document
from tests.harness import Cloud, MovableClock

TOWEL, POT = document("毛巾"), document("珐琅锅")


@pytest.fixture(autouse=True)
def _fresh_container(cloud: Cloud) -> Iterator[None]:
    service.forget()
    yield
    service.forget()


def _publish(*documents: service.Document) -> str:
    return service.publish(documents, replaces=service.published())


def test_a_mall_without_an_index_has_no_products(frozen: MovableClock) -> None:
    assert ask(service.open_current(), "毛巾") == []
    assert service.open_current().suggest("毛", now=NOW) == []
    assert service.published() is None


def test_what_is_published_is_found(frozen: MovableClock) -> None:
    version = _publish(TOWEL, POT)
    assert ask(service.open_current(), "毛巾") == ["毛巾"]
    current = service.published()
    assert current is not None
    assert (current.version, current.documents, current.published_at) == (version, 2, frozen.at)


def test_a_container_follows_within_ten_seconds_and_asks_no_sooner(frozen: MovableClock) -> None:
    _publish(TOWEL)
    first = service.open_current()
    _publish(TOWEL, POT)
    frozen.move(seconds=9.9)
    assert service.open_current() is first
    frozen.move(seconds=0.2)
    assert set(ask(service.open_current())) == {"毛巾", "珐琅锅"}


def test_an_index_that_did_not_move_is_not_loaded_again(frozen: MovableClock) -> None:
    _publish(TOWEL)
    first = service.open_current()
    frozen.move(minutes=5)
    assert service.open_current() is first


def test_the_old_one_answers_when_the_new_one_can_not_be_loaded(
    frozen: MovableClock, caplog: pytest.LogCaptureFixture
) -> None:
    _publish(TOWEL)
    old = service.open_current()
    broken = _publish(TOWEL, POT)
    storage.put(Bucket.WORK, f"search/{broken}.tar.gz", b"not an index")
    frozen.move(seconds=11)
    with caplog.at_level(logging.ERROR):
        assert service.open_current() is old
    assert "can not be refreshed" in caplog.text
    assert ask(old, "毛巾") == ["毛巾"]
    _publish(TOWEL, POT)
    frozen.move(seconds=11)
    assert len(ask(service.open_current())) == 2


def test_the_old_one_answers_when_what_was_published_is_gone(
    frozen: MovableClock, caplog: pytest.LogCaptureFixture
) -> None:
    """An operator's mistake in the bucket is an alarm, not an empty shop."""
    _publish(TOWEL)
    assert ask(service.open_current()) == ["毛巾"]
    storage.delete(Bucket.WORK, "search/current.json")
    frozen.move(seconds=11)
    assert ask(service.open_current()) == ["毛巾"]
    (told,) = [each for each in caplog.records if each.message == "the search index can not be refreshed"]
    assert told.__dict__["alarm"] is True
    _publish(POT)
    frozen.move(seconds=11)
    assert ask(service.open_current()) == ["珐琅锅"]


def test_without_an_old_one_the_refusal_is_shown(frozen: MovableClock) -> None:
    version = _publish(TOWEL)
    storage.delete(Bucket.WORK, f"search/{version}.tar.gz")
    with pytest.raises(SearchUnavailable):
        service.open_current()
    storage.put(Bucket.WORK, f"search/{version}.tar.gz", building.build([TOWEL]))
    assert ask(service.open_current()) == ["毛巾"]


def test_another_release_s_index_is_not_read(frozen: MovableClock, monkeypatch: pytest.MonkeyPatch) -> None:
    _publish(TOWEL)
    old = service.open_current()
    with monkeypatch.context() as patch:
        patch.setattr(service, "FORMAT", service.FORMAT + 1)
        _publish(TOWEL, POT)
    frozen.move(seconds=11)
    assert service.open_current() is old
    assert isinstance(old, EmbeddedIndex)


def test_of_two_writers_one_wins(cloud: Cloud, frozen: MovableClock) -> None:
    for before in (None, "something"):
        if before:
            _publish(TOWEL)
        seen = service.published()
        _publish(POT)
        with cloud.unchanged(), pytest.raises(IndexMoved):
            service.publish([TOWEL], replaces=seen)
        storage.delete(Bucket.WORK, service.POINTER) if before is None else None


def test_documents_come_back_as_they_went(frozen: MovableClock) -> None:
    full = document(
        "纯棉四件套",
        summary="好",
        keywords=("a", "b"),
        categories=(("c1", "居家"), ("c2", "床品")),
        brand=("b1", "思域"),
        attributes=(("材质", "棉"),),
        sales=3,
        rating_bps=9_000,
        in_stock=False,
        list_at=NOW,
        unlist_at=NOW + timedelta(days=3, microseconds=1),
    )
    _publish(TOWEL, full)
    current = service.published()
    assert current is not None
    assert sorted(service.load_documents(current), key=lambda each: each.name) == sorted(
        [TOWEL, full], key=lambda each: each.name
    )


def test_old_versions_are_removed(cloud: Cloud, frozen: MovableClock) -> None:
    for _ in range(7):
        _publish(TOWEL)
        frozen.move(minutes=1)
    current = service.published()
    assert current is not None
    assert len(current.versions) == service.KEEP_VERSIONS
    stored = [key for _, key in cloud.memory.objects() if key.startswith("search/")]
    assert len(stored) == 2 * service.KEEP_VERSIONS + 1
    for version in current.versions:
        assert storage.head(Bucket.WORK, f"search/{version}.tar.gz")
