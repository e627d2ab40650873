"""What a runner gets of a participant's ONNX file: an archive that the server wrote.

Its graph was encoded by us from what was checked; ONNX Runtime never reads the file that came.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_runner.model_shapes import COLOUR_CHANNELS, input_shape, shaped_input

METADATA_MEMBER, CONFIG_MEMBER, GRAPH_MEMBER = "metadata.json", "config.json", "graph.onnx"
LAYOUT = "onnx"
"""What the metadata calls it, where a Keras model's say how its weights are laid out."""
CLASS_NAME = "OnnxGraph"

Floats = NDArray[np.float32]
Feed = Callable[[Floats], Floats]
"""From examples (n, …) as the contest has them to what the graph takes."""


@dataclass(frozen=True)
class OnnxGraph:
    """The graph's bytes and what the server says of it. `shape`: (batch, …), None where open."""

    content: bytes
    shape: tuple[int | None, ...]
    parameters: int
    convolves: bool

    @property
    def batch(self) -> int:
        """The number of examples that it takes at once; 0: any."""
        return self.shape[0] or 0


def is_graph(config: Mapping[str, Any]) -> bool:
    """Whether a model's config is of an ONNX file, and not Keras'."""
    return config.get("class_name") == CLASS_NAME


def read(path: str) -> OnnxGraph | None:
    """The graph; None for a Keras model."""
    with zipfile.ZipFile(path) as archive:
        if json.loads(archive.read(METADATA_MEMBER)).get("weights_layout") != LAYOUT:
            return None
        told: dict[str, Any] = json.loads(archive.read(CONFIG_MEMBER))["config"]
        content = archive.read(GRAPH_MEMBER)
    return OnnxGraph(content, tuple(told["input_shape"]), told["parameters"], told["convolves"])


def feed(declared: tuple[int | None, ...], given: tuple[int, ...], *, pixels: bool) -> Feed:
    """How one input of the shape `given` gets into a graph that takes (batch, …).

    As a Keras model gets it, or with the channels of an image in front, where PyTorch has them.
    Grey is repeated for a graph that says three channels, and not for one that leaves them open.
    Raises Refused `input_shape`.
    """
    wanted = declared[1:]
    height_width, channels = given[:2], given[2:] or (1,)
    if len(given) == 3 and _fits(wanted, (*channels, *height_width)):
        return lambda values: np.moveaxis(values, -1, 1)
    is_grey = pixels and len(given) in (2, 3) and channels == (1,)
    if is_grey and wanted[:1] == (COLOUR_CHANNELS,) and _fits(wanted[1:], height_width):
        grey = (1, *height_width)
        return lambda values: np.repeat(values.reshape(-1, *grey), COLOUR_CHANNELS, axis=1)
    shape = input_shape(declared, given, pixels=pixels)
    return lambda values: shaped_input(values, shape)


def _fits(wanted: tuple[int | None, ...], shape: tuple[int, ...]) -> bool:
    return len(wanted) == len(shape) and all(
        length in (None, found) for length, found in zip(wanted, shape, strict=True)
    )
