"""Staff: take files out."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page, PageQuery
from chalicelib.mall.catalog.imports.errors import ExportNotFound
from chalicelib.mall.catalog.imports.exports import service
from chalicelib.mall.catalog.imports.schemas import CreateExport, ExportView
from chalicelib.mall.identity.service import Staff

api = Api("exports", title="导入导出 Imports and exports (staff)")


@api.post("/admin/catalog-exports", status=201, permission="catalog.import")
def create_export(staff: Staff, body: CreateExport) -> ExportView:
    """Ask for all categories, brands or products as files that an import reads. More than 1,000 make several files."""
    return service.create(body, staff.name)


@api.get("/admin/catalog-exports", permission="catalog.import")
def list_exports(staff: Staff, query: PageQuery) -> Page[ExportView]:
    """List exports, newest first, without links."""
    return service.recent(query)


@api.get("/admin/catalog-exports/{export_id}", permission="catalog.import", raises=[ExportNotFound])
def show_export(staff: Staff, export_id: str) -> ExportView:
    """Show an export; when it is finished, with links that are good for fifteen minutes."""
    return service.show(export_id)
