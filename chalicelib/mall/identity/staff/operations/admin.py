"""The operation log, for those who look after the house."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page
from chalicelib.mall.identity.service import Staff
from chalicelib.mall.identity.staff.operations import service
from chalicelib.mall.identity.staff.operations.schemas import AskOperations, OperationView

api = Api("operations_admin", title="操作日志 Operations (staff)")


@api.get("/admin/operations", permission="operations.read")
def list_operations(staff: Staff, query: AskOperations) -> Page[OperationView]:
    """List what staff did, the newest first: on a day, by a person, or to a thing."""
    found, cursor = service.operations(query)
    return Page(items=[OperationView.of(each) for each in found], cursor=cursor)
