"""Curves of binary and regression tasks that were trained, with what their contests ask."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from heldout_server.runs.asked import Asked
from heldout_server.tasks.kinds import Kind

FOLDER = Path(__file__).parent / "curves_by_kind"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))
ASKED = {
    Kind.BINARY: Asked(Kind.BINARY, 2, "accuracy", is_images=False),
    Kind.REGRESSION: Asked(Kind.REGRESSION, 0, "neg_root_mean_squared_error", is_images=False),
}


def made(name: str) -> dict[str, Any]:
    """`card`, `kind`, `constant`, `reading`."""
    loaded: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    return loaded
