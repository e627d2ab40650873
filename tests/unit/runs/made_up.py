"""Runs for tests of what is pure."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from heldout_server.runs.axes import AXES
from heldout_server.runs.experiments import RunRow

CURVES = Path(__file__).parent / "curves"


def run(number: int, score: float, **values: Any) -> RunRow:
    """A run with unknown columns but those given."""
    columns = {axis.name: None for axis in AXES} | values | {"score": score}
    name = values.pop("name", f"try {number}")
    columns.pop("name", None)
    return RunRow(number, f"s_{number}", name, "p_1", "Ada", number, columns)


def curve(name: str) -> dict[str, Any]:
    """A measured fixture: `card`, `truth`, `reading`."""
    loaded: dict[str, Any] = json.loads((CURVES / f"{name}.json").read_text())
    return loaded


CURVE_NAMES = sorted(path.stem for path in CURVES.glob("*.json"))
