"""What the taxonomy announces."""

from __future__ import annotations

from chalicelib.core.events import Event
from chalicelib.mall.catalog.taxonomy.models import Kind


class TaxonomyChanged(Event):
    """Categories or brands changed: names, places in the tree, visibility."""

    kind: Kind
