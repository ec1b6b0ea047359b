"""Staff: the first screen's page, of the mall (``mall``) or of a store (its id)."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.errors import Invalid
from chalicelib.core.schemas import Page
from chalicelib.mall.identity.service import Staff
from chalicelib.mall.storefront.layouts import errors, service
from chalicelib.mall.storefront.layouts.schemas import (
    DraftView,
    EditionView,
    EditLayout,
    ListEditions,
    PublishLayout,
    RestoreLayout,
)
from chalicelib.mall.stores.errors import NotYourStore, StoreNotFound

api = Api("layouts", title="首页装修 Layouts (staff)")
_THEIRS = (NotYourStore, StoreNotFound)


@api.get("/admin/layouts/{scope}", permission="layouts.read", raises=[*_THEIRS, errors.LayoutNotFound])
def show_layout(staff: Staff, scope: str) -> DraftView:
    """Show the draft of a page of mine."""
    return service.draft(staff, scope)


@api.put("/admin/layouts/{scope}", permission="layouts.write", raises=[*_THEIRS, errors.LayoutMoved, Invalid])
def edit_layout(staff: Staff, scope: str, body: EditLayout) -> DraftView:
    """Write the draft whole. Buyers see it when it is published."""
    return service.edit(staff, scope, body)


@api.post(
    "/admin/layouts/{scope}/publish",
    permission="layouts.write",
    raises=[*_THEIRS, errors.LayoutNotFound, errors.LayoutMoved],
)
def publish_layout(staff: Staff, scope: str, body: PublishLayout) -> DraftView:
    """Let buyers see the draft, within ten seconds, as a new edition."""
    return service.publish(staff, scope, body.version)


@api.post(
    "/admin/layouts/{scope}/restore",
    permission="layouts.write",
    raises=[*_THEIRS, errors.LayoutNotFound, errors.EditionNotFound],
)
def restore_layout(staff: Staff, scope: str, body: RestoreLayout) -> DraftView:
    """Let buyers see an edition of before again. The draft stays as it is."""
    return service.restore(staff, scope, body.number)


@api.delete("/admin/layouts/{scope}", status=204, permission="layouts.write", raises=[*_THEIRS])
def take_down_layout(staff: Staff, scope: str) -> None:
    """Let buyers see the mall's page again (of the mall: none). Draft and editions stay."""
    service.take_down(staff, scope)


@api.get("/admin/layouts/{scope}/editions", permission="layouts.read", raises=[*_THEIRS])
def list_editions(staff: Staff, scope: str, query: ListEditions) -> Page[EditionView]:
    """List what was published, the newest first. The last fifty are kept."""
    return service.editions(staff, scope, query)
