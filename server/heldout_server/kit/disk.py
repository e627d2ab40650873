"""How much room is left for an evening's files, and how much is enough."""

from __future__ import annotations

import shutil
from pathlib import Path

LEAST_FREE_BYTES = 500_000_000
COMFORTABLE_FREE_BYTES = 5_000_000_000


def free_bytes(folder: Path) -> int:
    """What is free where the folder is, or will be."""
    existing = folder if folder.exists() else next(p for p in folder.parents if p.exists())
    return shutil.disk_usage(existing).free
