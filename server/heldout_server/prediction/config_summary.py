"""What a checked config says of the model before it is built: inputs, outputs, parameters.

The parameters are a lower bound from the shapes that the file gives: enough to refuse a model
that could only exhaust the runner's memory, and never a promise.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from heldout_server.kit.errors import Rejection
from heldout_server.prediction.allowlist import MODELS
from heldout_server.prediction.config_graph import connections

Shape = tuple[int | None, ...]
LARGEST_EXAMPLE = 2**22  # values in one input; an image of 28 x 28 has 784
_MODEL_NAMES = frozenset(name for _, name in MODELS)
_GATES = {"LSTM": 4, "GRU": 3, "SimpleRNN": 1}


@dataclass(frozen=True)
class ConfigSummary:
    """`input_shapes` hold the batch axis first; `parameters_at_least` is a lower bound."""

    input_shapes: tuple[Shape, ...]
    output_count: int
    parameters_at_least: int

    @property
    def takes_colour(self) -> bool:
        """Whether one image has three channels, the last axis of three."""
        shape = self.input_shapes[0] if self.input_shapes else ()
        return len(shape) == 4 and shape[-1] == 3


def summarize(model: dict[str, Any]) -> ConfigSummary:
    """The summary of a checked model's tree."""
    return ConfigSummary(
        tuple(_input_shapes(model)),
        max(1, sum(1 for _ in connections(model["config"].get("output_layers")))),
        sum(_parameters(node) for node in _objects(model)),
    )


def check_size(summary: ConfigSummary, *, most_parameters: int, input_shapes: str) -> None:
    """Refuse what cannot be scored: `input_shape`, `output_shape` or `model_too_large`."""
    if len(summary.input_shapes) > 1:
        raise Rejection(
            "input_shape",
            f"The model takes {len(summary.input_shapes)} inputs; an example is one.",
            f"Submit a model with one input of shape {input_shapes}.",
        )
    if summary.output_count > 1:
        raise Rejection(
            "output_shape",
            f"The model has {summary.output_count} outputs; one is scored.",
            "Submit keras.Model(inputs, the_output_that_predicts).",
        )
    example = max((math.prod(d or 1 for d in s[1:]) for s in summary.input_shapes), default=1)
    if summary.parameters_at_least > most_parameters or example > LARGEST_EXAMPLE:
        raise Rejection(
            "model_too_large",
            f"The model has at least {summary.parameters_at_least:,} parameters and an input of "
            f"{example:,} values.",
            f"Submit a model of at most {most_parameters:,} parameters.",
        )


def _input_shapes(model: dict[str, Any]) -> Iterator[Shape]:
    config = model["config"]
    named = {layer["name"]: layer for layer in config["layers"] if _is_named(layer)}
    inputs = [
        named[name] for name, _, _ in connections(config.get("input_layers")) if name in named
    ]
    for layer in inputs or config["layers"][:1]:
        shape = _shape(layer["config"].get("batch_shape"))
        if shape is None and layer["class_name"] in _MODEL_NAMES:
            yield from _input_shapes(layer)
        elif shape is not None:
            yield shape


def _is_named(layer: dict[str, Any]) -> bool:
    return isinstance(layer.get("name"), str)


def _shape(value: Any) -> Shape | None:
    if isinstance(value, list) and all(d is None or type(d) is int for d in value):
        return tuple(value)
    return None


def _objects(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if "class_name" in node:
            yield node
        for value in node.values():
            yield from _objects(value)
    elif isinstance(node, list):
        for value in node:
            yield from _objects(value)


def _parameters(node: dict[str, Any]) -> int:
    """Weights of the layers that hold most of them; 0 for the others and for unknown shapes."""
    config, build = node["config"], node.get("build_config")
    if node["class_name"] == "Embedding":
        return _count(config, "input_dim") * _count(config, "output_dim")
    shape = _shape(build.get("input_shape")) if isinstance(build, dict) else None
    features = shape[-1] if shape else None
    if not features:
        return 0
    if node["class_name"] == "Dense":
        return _count(config, "units") * features
    if node["class_name"] in _GATES:
        units = _count(config, "units")
        return _GATES[node["class_name"]] * units * (units + features)
    if node["class_name"] in ("Conv1D", "Conv2D", "Conv3D"):
        return _convolution(config, features)
    return 0


def _convolution(config: dict[str, Any], channels: int) -> int:
    kernel = _shape(config.get("kernel_size")) or ()
    groups = max(1, _count(config, "groups"))
    return math.prod(d or 0 for d in kernel) * _count(config, "filters") * (channels // groups)


def _count(config: dict[str, Any], key: str) -> int:
    value = config.get(key)
    return max(0, value) if type(value) is int else 0
