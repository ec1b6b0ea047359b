"""Staff: ship by file."""

from __future__ import annotations

from chalicelib.core.api import Api, RawResponse
from chalicelib.core.schemas import Page, PageQuery
from chalicelib.gateways.object_storage.errors import StorageUnavailable
from chalicelib.mall.identity.service import Staff
from chalicelib.trade.fulfillment.batches import service
from chalicelib.trade.fulfillment.batches.errors import BatchFileMissing, BatchNotFound, BatchOver
from chalicelib.trade.fulfillment.batches.files import service as files
from chalicelib.trade.fulfillment.batches.schemas import BatchErrorView, BatchView, CreateBatch, CreatedBatch

api = Api("shipping_batches", title="批量发货 Shipping by file (staff)")


@api.post("/admin/shipping-batches", status=201, permission="shipping.write", raises=[StorageUnavailable])
def create_batch(staff: Staff, body: CreateBatch) -> CreatedBatch:
    """Make a batch: a small file comes in the request, a larger one (2 MB, 5,000 rows) by the form in the answer."""
    return service.create(body, staff.name)


@api.post(
    "/admin/shipping-batches/{batch_id}/start",
    permission="shipping.write",
    raises=[BatchNotFound, BatchFileMissing, BatchOver, StorageUnavailable],
)
def start_batch(staff: Staff, batch_id: str) -> BatchView:
    """Start a batch whose file is there. On one that is running: go on, if its worker gave up."""
    return service.start(batch_id)


@api.get("/admin/shipping-batches", permission="shipping.read")
def list_batches(staff: Staff, query: PageQuery) -> Page[BatchView]:
    """List batches, newest first."""
    return service.recent(query)


@api.get("/admin/shipping-batches.csv", permission="shipping.read")
def batch_template(staff: Staff) -> RawResponse:
    """Give the empty sheet for shipping by file, with two rows of example."""
    return _csv(files.template(), "shipping-template.csv")


@api.get("/admin/shipping-batches/{batch_id}", permission="shipping.read", raises=[BatchNotFound])
def show_batch(staff: Staff, batch_id: str) -> BatchView:
    """Show how far a batch has come."""
    return service.show(batch_id)


@api.get("/admin/shipping-batches/{batch_id}/errors", permission="shipping.read", raises=[BatchNotFound])
def list_errors(staff: Staff, batch_id: str, query: PageQuery) -> Page[BatchErrorView]:
    """List what was not shipped, by line, with the reason."""
    return service.errors(batch_id, query)


@api.get("/admin/shipping-batches/{batch_id}/errors.csv", permission="shipping.read", raises=[BatchNotFound])
def errors_sheet(staff: Staff, batch_id: str) -> RawResponse:
    """Give the rows that were not shipped, each with its reason: mend the sheet and send it again."""
    return _csv(service.errors_sheet(batch_id), "shipping-errors.csv")


def _csv(text: str, name: str) -> RawResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return RawResponse(text, content_type="text/csv; charset=utf-8", headers=headers)
