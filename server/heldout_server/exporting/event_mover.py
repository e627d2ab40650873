"""Export and import of whole events, over one server's stores."""

from __future__ import annotations

from heldout_server.exporting.event_zip_import import EventImporter
from heldout_server.exporting.event_zip_write import Bundler


class EventMover(Bundler, EventImporter):
    """Both ways."""
