"""Fixtures of the catalog: staff, and files that go in and come out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.core import aws
from chalicelib.core.settings import settings
from tests.harness import Client
from tests.mall.catalog import factories

Bring = Callable[..., dict[str, Any]]


@pytest.fixture
def importer(http: Client) -> Client:
    """Staff who may import and export, and nothing else."""
    return http.as_(factories.staff_token("catalog.import"))


@pytest.fixture
def uploaded(importer: Client) -> Bring:
    """``uploaded(content, subject="products", format="jsonl")``: an import whose file is there; the import's view."""

    def run(content: bytes, subject: str = "products", file_format: str = "jsonl", **more: Any) -> dict[str, Any]:
        asked = {"subject": subject, "format": file_format, "file_name": "商品.txt", **more}
        made = importer.post("/admin/imports", json=asked).ok()
        aws.client("s3").put_object(Bucket=settings().work_bucket, Key=made["upload"]["key"], Body=content)
        job: dict[str, Any] = made["job"]
        return job

    return run


@pytest.fixture
def bring(importer: Client, uploaded: Bring, drain: Callable[..., Any]) -> Bring:
    """``bring(content, ...)``: the import from upload to its end; its view."""

    def run(content: bytes, *args: Any, **more: Any) -> dict[str, Any]:
        job = uploaded(content, *args, **more)
        importer.post(f"/admin/imports/{job['id']}/start").ok()
        drain()
        ended: dict[str, Any] = importer.get(f"/admin/imports/{job['id']}").ok()
        return ended

    return run


@pytest.fixture
def taken_out(importer: Client, drain: Callable[..., Any]) -> Callable[..., list[bytes]]:
    """``taken_out("products", "csv")``: the files of an export."""

    def run(subject: str, file_format: str) -> list[bytes]:
        job = importer.post("/admin/catalog-exports", json={"subject": subject, "format": file_format}).ok()
        drain()
        ended = importer.get(f"/admin/catalog-exports/{job['id']}").ok()
        assert ended["status"] == "finished"
        assert len(ended["links"]) == ended["parts"]
        keys = [f"tmp/exports/{job['id']}/{part:04d}" for part in range(ended["parts"])]
        objects = [aws.client("s3").get_object(Bucket=settings().work_bucket, Key=key) for key in keys]
        return [each["Body"].read() for each in objects]

    return run
