"""Staff: bring files in."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page, PageQuery
from chalicelib.gateways.object_storage.errors import StorageUnavailable
from chalicelib.mall.catalog.imports import errors, service
from chalicelib.mall.catalog.imports.schemas import CreatedImport, CreateImport, ImportView, IssueView
from chalicelib.mall.identity.service import Staff

api = Api("imports", title="导入导出 Imports and exports (staff)")


@api.post("/admin/imports", status=201, permission="catalog.import", raises=[StorageUnavailable])
def create_import(staff: Staff, body: CreateImport) -> CreatedImport:
    """Make an import: a small file comes in the request, a larger one (32 MB) by the form in the answer.

    The formats are written down in docs/catalog-files.md.
    """
    return service.create(body, staff.name)


@api.post(
    "/admin/imports/{import_id}/start",
    permission="catalog.import",
    raises=[errors.ImportNotFound, errors.ImportFileMissing, errors.ImportOver, StorageUnavailable],
)
def start_import(staff: Staff, import_id: str) -> ImportView:
    """Start an import whose file is uploaded. On one that is running: go on, if its worker gave up."""
    return service.start(import_id)


@api.get("/admin/imports", permission="catalog.import")
def list_imports(staff: Staff, query: PageQuery) -> Page[ImportView]:
    """List imports, newest first."""
    return service.recent(query)


@api.get("/admin/imports/{import_id}", permission="catalog.import", raises=[errors.ImportNotFound])
def show_import(staff: Staff, import_id: str) -> ImportView:
    """Show how far an import has come."""
    return service.show(import_id)


@api.get("/admin/imports/{import_id}/errors", permission="catalog.import", raises=[errors.ImportNotFound])
def list_issues(staff: Staff, import_id: str, query: PageQuery) -> Page[IssueView]:
    """List what is wrong with a file, by line."""
    return service.issues(import_id, query)
