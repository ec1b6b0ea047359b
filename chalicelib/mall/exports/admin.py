"""Staff with a permission of its own: take data out as files."""

from __future__ import annotations

from chalicelib.core.api import Api, IdempotencyKey
from chalicelib.core.once import KeyReused
from chalicelib.core.schemas import Page
from chalicelib.mall.exports import service
from chalicelib.mall.exports.errors import (
    DataExportNotFound,
    DataExportNotReady,
    DataExportOver,
    DataExportRunning,
    TooManyDataExports,
)
from chalicelib.mall.exports.schemas import CreateDataExport, DataExportLink, DataExportView, ListDataExports
from chalicelib.mall.identity.service import Staff

api = Api("data_exports", title="数据导出 Exports (staff)")


@api.post("/admin/exports", status=201, permission="data.export", raises=[TooManyDataExports, KeyReused])
def create_data_export(staff: Staff, body: CreateDataExport, key: IdempotencyKey) -> DataExportView:
    """Ask for a file of orders, refunds, after-sales, invoices or money movements. It is written in the background.

    Needs the permission to read what is taken out, too: `orders.read`, `payments.read`, `aftersales.read`,
    `invoices.read`.
    """
    return service.create(body, key, staff)


@api.get("/admin/exports", permission="data.export")
def list_data_exports(staff: Staff, query: ListDataExports) -> Page[DataExportView]:
    """List exports, newest first: one's own, or (`mine=false`) all of kinds that one may read.

    With `news=true` only what became ready and was not fetched, or failed (`problem` says why) and was not asked for
    again: what to show who comes back later.
    """
    return service.find(query, staff)


@api.get("/admin/exports/{export_id}", permission="data.export", raises=[DataExportNotFound])
def show_data_export(staff: Staff, export_id: str) -> DataExportView:
    """Show how far a file is."""
    return service.show(export_id, staff)


@api.post("/admin/exports/{export_id}/link", permission="data.export", raises=[DataExportNotFound, DataExportNotReady])
def link_to_data_export(staff: Staff, export_id: str) -> DataExportLink:
    """Give a link to the file that is good for fifteen minutes; each is on record. The file is deleted after 7 days."""
    return service.link(export_id, staff)


@api.post("/admin/exports/{export_id}/cancel", permission="data.export", raises=[DataExportNotFound, DataExportOver])
def cancel_data_export(staff: Staff, export_id: str) -> DataExportView:
    """Stop writing a file."""
    return service.cancel(export_id, staff)


@api.post(
    "/admin/exports/{export_id}/again",
    permission="data.export",
    raises=[DataExportNotFound, DataExportRunning, TooManyDataExports],
)
def run_data_export_again(staff: Staff, export_id: str) -> DataExportView:
    """Write a file anew, as of now, that failed, was canceled, or is deleted by now."""
    return service.run_again(export_id, staff)
