"""A cold start pays for nothing that the first request may not need. The ratio itself is `make bench`'s."""

from __future__ import annotations

from tests.bench.cold import cold


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    _, _, heavy = cold("import app")
    assert heavy == []
