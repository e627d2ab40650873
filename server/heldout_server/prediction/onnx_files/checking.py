"""An ONNX file checked in the server's process, and what a runner gets in its place.

Only a few bytes of structure are read: of weights where they begin and end. What runs them is in
the sandbox, and reads what `writing` wrote.
"""

from __future__ import annotations

import json
import mmap
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heldout_runner.onnx_archive import (
    CLASS_NAME,
    CONFIG_MEMBER,
    GRAPH_MEMBER,
    LAYOUT,
    METADATA_MEMBER,
)
from heldout_server.prediction.known_formats import ONNX, SNIFFED_BYTES, recognised
from heldout_server.prediction.onnx_files import parts, refusals
from heldout_server.prediction.onnx_files.operators import CONVOLUTIONS
from heldout_server.prediction.onnx_files.plan import Plan, planned
from heldout_server.prediction.onnx_files.schema import Foreign
from heldout_server.prediction.onnx_files.wire import Broken, Reader, TooManyParts
from heldout_server.prediction.onnx_files.writing import written

MOST_FIELDS = 150_000
PARTS = "names, settings and other parts"
COLOURS = 3


@dataclass(frozen=True)
class CheckedOnnx:
    """A file that passed; see `CheckedArchive`."""

    plan: Plan
    layout: str = LAYOUT
    saved_with: str | None = None
    upgrades: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def config(self) -> dict[str, Any]:
        """What a runner is told of the graph."""
        told = {
            "input_shape": self.plan.shape,
            "parameters": self.plan.parameters,
            "convolves": any(node.operator in CONVOLUTIONS for node in self.plan.nodes),
        }
        return {"class_name": CLASS_NAME, "config": told}

    @property
    def takes_colour(self) -> bool:
        """Whether an image has three channels, which stand first."""
        return len(self.plan.shape) == 4 and self.plan.shape[1] == COLOURS

    def write(self, target: Path) -> None:
        """What the sandbox gets: a graph of ours, and what there is to know of it."""
        with zipfile.ZipFile(target, "w") as archive:
            metadata = json.dumps({"weights_layout": LAYOUT})
            archive.writestr(zipfile.ZipInfo(METADATA_MEMBER), metadata)
            archive.writestr(zipfile.ZipInfo(CONFIG_MEMBER), json.dumps(self.config))
            with archive.open(zipfile.ZipInfo(GRAPH_MEMBER), "w") as graph:
                written(self.plan).write(graph)


def is_onnx(path: Path) -> bool:
    """Whether it begins as ONNX files do."""
    with path.open("rb") as file:
        return recognised(file.read(SNIFFED_BYTES)) is ONNX


def inspect_onnx(path: Path, *, most_parameters: int, input_shapes: str) -> CheckedOnnx:
    """Check the file. Raises `Rejection`, and nothing else, whatever the bytes are.

    Its size was looked at before. Weights are left where they are: many may be looked at together.
    """
    with path.open("rb") as file:
        content = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    try:
        model = parts.model(Reader(MOST_FIELDS), content)
    except TooManyParts:
        raise refusals.too_large("too many", MOST_FIELDS, PARTS) from None
    except Broken as broken:
        raise refusals.damaged(str(broken)) from None
    except Foreign as foreign:
        if str(foreign) == parts.EXTERNAL:
            raise refusals.in_another_file() from None
        raise refusals.not_allowed(str(foreign)) from None
    plan = planned(model, input_shapes)
    if plan.parameters > most_parameters:
        raise refusals.too_large(f"{plan.parameters:,}", most_parameters)
    return CheckedOnnx(plan)
