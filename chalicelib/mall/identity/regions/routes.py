"""Regions for the address form. Same for everybody: caches may keep them for a day."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.errors import NotFound
from chalicelib.mall.identity.regions import service
from chalicelib.mall.identity.regions.schemas import ListRegions, RegionsView, RegionTable, RegionView

api = Api("regions", title="地区 Regions")
_A_DAY = 24 * 60 * 60


@api.get("/regions", cache_seconds=_A_DAY, raises=[NotFound])
def list_regions(query: ListRegions) -> RegionsView:
    """List the parts of a region, or the provinces."""
    if query.parent is not None and query.parent not in service.names():
        raise NotFound()
    known = service.names()
    return RegionsView(
        items=[
            RegionView(code=code, name=known[code], leaf=not service.children_of(code))
            for code in service.children_of(query.parent or "")
        ]
    )


@api.get("/regions/all", cache_seconds=_A_DAY)
def all_regions() -> RegionTable:
    """Give the whole table of regions, to be kept by the client."""
    return RegionTable(names=service.names())
