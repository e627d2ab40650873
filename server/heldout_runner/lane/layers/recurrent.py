"""Recurrent layers, one way or both ways."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from heldout_runner.lane.graph import Graph, Unsupported, Value
from heldout_runner.lane.layer import Converter, Layer, only

# Keras' gates in the order in which ONNX has them.
GATES = {"SimpleRNN": (0,), "LSTM": (0, 3, 1, 2), "GRU": (0, 1, 2)}
OPERATORS = {"SimpleRNN": "RNN", "LSTM": "LSTM", "GRU": "GRU"}
# The only activations of ONNX Runtime that are sure to be those of Keras.
ACTIVATIONS = {"SimpleRNN": ("tanh", None), "LSTM": ("tanh", "sigmoid"), "GRU": ("tanh", "sigmoid")}
SETTINGS = (
    "units", "activation", "recurrent_activation", "use_bias", "dropout", "recurrent_dropout",
    "return_sequences", "return_state", "go_backwards", "stateful", "unroll", "reset_after",
    "unit_forget_bias", "implementation", "time_major", "zero_output_for_mask", "use_cudnn",
)  # fmt: skip
MERGES = {"sum": "Sum", "ave": "Mean", "mul": "Mul"}


class Ways(NamedTuple):
    """What one direction gives: all steps or the last one, (n, steps, units) or (n, units)."""

    name: str
    units: int


def recurrent(graph: Graph, layer: Layer, values: Sequence[Value]) -> Value:
    """From the first step to the last."""
    value = graph.last(only(layer, values))
    found = _run(graph, layer, value, "forward")
    return Value(found.name, _shape(layer, value, found.units))


def bidirectional(graph: Graph, layer: Layer, values: Sequence[Value]) -> Value:
    """Both ways, put together as the layer says."""
    layer.expect("layer", "backward_layer", "merge_mode")
    value, merge = graph.last(only(layer, values)), layer.get("merge_mode", "concat")
    halves = _halves(layer)
    ways = [
        _run(graph, half, value, direction)
        for half, direction in zip(halves, ("forward", "reverse"), strict=True)
    ]
    names, units = [way.name for way in ways], ways[0].units
    if merge == "concat":
        return Value(graph.node("Concat", *names, axis=-1), _shape(halves[0], value, 2 * units))
    if merge not in MERGES:
        raise Unsupported(f"Bidirectional with merge_mode {merge!r}")
    return Value(graph.node(MERGES[merge], *names), _shape(halves[0], value, units))


def _halves(layer: Layer) -> tuple[Layer, Layer]:
    inner, half = layer.get("layer"), len(layer.arrays) // 2
    if not isinstance(inner, dict) or inner.get("class_name") not in OPERATORS:
        raise Unsupported("Bidirectional of another layer")
    backward = layer.get("backward_layer") or inner
    plain, other = inner["config"], dict(backward.get("config", {}))
    # The backward layer is the one that goes backwards; both are told so by the direction.
    other["go_backwards"] = plain.get("go_backwards")
    if any(plain.get(name) != other.get(name) for name in SETTINGS):
        raise Unsupported("Bidirectional of two different layers")
    kind = inner["class_name"]
    layer.used.update(range(len(layer.arrays)))  # by its halves, each of which sees to it
    return Layer(kind, plain, layer.arrays[:half]), Layer(kind, other, layer.arrays[half:])


def _run(graph: Graph, layer: Layer, value: Value, direction: str) -> Ways:
    _check(layer)
    if len(value.shape) != 2:
        raise Unsupported(f"{layer.class_name} of {len(value.shape)} axes")
    units = layer.whole("units")
    kind, extra = layer.class_name, {}
    if kind == "GRU":
        extra = {"linear_before_reset": int(bool(layer.get("reset_after", True)))}
    turned = graph.node("Transpose", value.name, perm=(1, 0, 2))
    constants = [graph.constant(array) for array in _arrays(layer, value.shape[1], units)]
    sequences = bool(layer.get("return_sequences", False))
    layer.finish()
    name = graph.node(
        OPERATORS[kind], turned, *constants, outputs=1 if sequences else 2,
        hidden_size=units, direction=direction, **extra,
    )  # fmt: skip
    if not sequences:  # (1, n, units)
        return Ways(graph.node("Squeeze", name, graph.lengths((0,))), units)
    steps = graph.node("Squeeze", name, graph.lengths((1,)))  # of (steps, 1, n, units)
    return Ways(graph.node("Transpose", steps, perm=(1, 0, 2)), units)


def _check(layer: Layer) -> None:
    layer.expect(*SETTINGS)
    if any(layer.get(name) for name in ("return_state", "go_backwards", "stateful", "time_major")):
        raise Unsupported(f"{layer.class_name} with state or backwards")
    wanted = ACTIVATIONS[layer.class_name]
    found = (layer.get("activation", "tanh"), layer.get("recurrent_activation", wanted[1]))
    if found != wanted:
        raise Unsupported(f"{layer.class_name} with the activations {found}")


def _arrays(layer: Layer, inputs: int, units: int) -> list[NDArray[np.float32]]:
    """W (1, gates · units, inputs), R (1, gates · units, units) and B (1, 2 · gates · units)."""
    order = GATES[layer.class_name]
    width = len(order) * units
    weights = [layer.array(i, (rows, width)).T for i, rows in enumerate((inputs, units))]
    found = [_ordered(array, order)[None] for array in weights]
    if not layer.get("use_bias", True):
        return found
    both = layer.class_name == "GRU" and layer.get("reset_after", True)
    bias = layer.array(2, (2, width) if both else (width,)).reshape(-1, width)
    rows = [_ordered(row, order) for row in bias]
    rows += [np.zeros(width, np.float32)] * (2 - len(rows))
    return [*found, np.concatenate(rows)[None]]


def _ordered(array: NDArray[np.float32], order: tuple[int, ...]) -> NDArray[np.float32]:
    gates = np.split(array, len(order))
    return np.concatenate([gates[gate] for gate in order])


def _shape(layer: Layer, value: Value, units: int) -> tuple[int, ...]:
    return (value.shape[0], units) if layer.get("return_sequences", False) else (units,)


CONVERTERS: dict[str, Converter] = {
    **dict.fromkeys(OPERATORS, recurrent),
    "Bidirectional": bidirectional,
}
