"""What a batch asks of its worker."""

from __future__ import annotations

from chalicelib.core.events import Event


class BatchAdvanced(Event):
    """A batch can go on: it was started, or the last run had no time for the rest."""

    batch_id: str
