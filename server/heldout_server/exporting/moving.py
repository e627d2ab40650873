"""Export and import of whole events, over one server's stores."""

from __future__ import annotations

from heldout_server.exporting.bundle import Bundler
from heldout_server.exporting.importing import EventImporter


class EventMover(Bundler, EventImporter):
    """Both ways."""
