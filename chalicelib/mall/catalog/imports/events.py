"""What imports and exports ask of their workers."""

from __future__ import annotations

from chalicelib.core.events import Event


class ImportAdvanced(Event):
    """An import can go on: it was started, or the last run had no time for the rest."""

    import_id: str


class ExportAdvanced(Event):
    """An export can go on."""

    export_id: str
