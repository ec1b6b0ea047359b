"""A mall that sells codes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.core.settings import settings
from chalicelib.mall.catalog.products.models import Product, ProductKind
from tests.harness import Client, Cloud
from tests.mall.catalog.factories import staff_token
from tests.trade import factories as shop


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SIYU_GOODS_CODE_KEY", "a key of the tests and of nothing else")
    settings.cache_clear()
    yield
    monkeypatch.delenv("SIYU_GOODS_CODE_KEY", raising=False)
    settings.cache_clear()


@pytest.fixture
def desk(http: Client, cloud: Cloud, frozen: Any) -> Client:
    return http.as_(staff_token("codes.write"))


@pytest.fixture
def card(cloud: Cloud, frozen: Any) -> Product:
    return shop.product("card", stock=100, kind=ProductKind.CODE)
