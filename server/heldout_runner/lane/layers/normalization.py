"""Normalizations as they are at prediction, and scaling of inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_runner.lane.graph import Graph, Unsupported, Value
from heldout_runner.lane.layer import Converter, Layer, broadcast, only, position

# keras.backend.epsilon(), below which Normalization lets no deviation fall.
EPSILON = np.float32(1e-7)


def batch_normalization(graph: Graph, layer: Layer, values: Sequence[Value]) -> Value:
    """(x - mean) / √(variance + ε) · γ + β, all of training's: one factor and one summand."""
    layer.expect(
        "axis", "momentum", "epsilon", "center", "scale", "renorm", "renorm_clipping",
        "renorm_momentum", "synchronized", "virtual_batch_size", "fused",
    )  # fmt: skip
    value = only(layer, values)
    place = position(layer, value, layer.get("axis", -1))
    gamma, beta, mean, variance = _statistics(layer, (value.shape[place],))
    factor = gamma / np.sqrt(variance + layer.real("epsilon", 1e-3))
    scaled = graph.like(value, "Mul", _along(graph, value, (place,), factor))
    return graph.like(scaled, "Add", _along(graph, value, (place,), beta - mean * factor))


def _statistics(layer: Layer, shape: tuple[int, ...]) -> list[NDArray[np.float64]]:
    """γ, β, mean and variance in double precision; γ and β may not be there."""
    found, at = [], 0
    for is_there, otherwise in (
        (layer.get("scale", True), 1.0), (layer.get("center", True), 0.0), (True, 0.0), (True, 0.0),
    ):  # fmt: skip
        found.append(
            layer.array(at, shape).astype(np.float64) if is_there else np.full(shape, otherwise)
        )
        at += bool(is_there)
    return found


def layer_normalization(graph: Graph, layer: Layer, values: Sequence[Value]) -> Value:
    """Each example by its own mean and variance along the last axis."""
    layer.expect("axis", "epsilon", "center", "scale", "rms_scaling")
    value = graph.last(only(layer, values))
    axis = layer.get("axis", -1)
    place = position(layer, value, axis[0] if isinstance(axis, list) and len(axis) == 1 else axis)
    if layer.get("rms_scaling", False) or place != len(value.shape) - 1:
        raise Unsupported("LayerNormalization but along the last axis")
    if value.shape[-1] == 1:  # what is left of one number less itself is TensorFlow's rounding
        raise Unsupported("LayerNormalization of one number")
    shape = (value.shape[-1],)
    scales, centres = layer.get("scale", True), layer.get("center", True)
    gamma = layer.array(0, shape) if scales else np.ones(shape, np.float32)
    beta = layer.array(int(bool(scales)), shape) if centres else np.zeros(shape, np.float32)
    return graph.like(
        value, "LayerNormalization", graph.constant(gamma), graph.constant(beta),
        axis=-1, epsilon=layer.real("epsilon", 1e-3),
    )  # fmt: skip


def rescaling(graph: Graph, layer: Layer, values: Sequence[Value]) -> Value:
    """x · scale + offset."""
    layer.expect("scale", "offset")
    value = only(layer, values)
    scaled = graph.like(value, "Mul", graph.number(layer.real("scale", 1)))
    offset = layer.real("offset", 0)
    return graph.like(scaled, "Add", graph.number(offset)) if offset else scaled


def normalization(graph: Graph, layer: Layer, values: Sequence[Value]) -> Value:
    """(x - mean) / deviation, of the training set's: in the config, or adapted and kept."""
    layer.expect("axis", "mean", "variance", "invert")
    value, axis = only(layer, values), layer.get("axis", -1)
    if layer.get("invert", False):
        raise Unsupported("Normalization that inverts")
    along = () if axis is None else axis if isinstance(axis, list) else (axis,)
    places = tuple(sorted(position(layer, value, one) for one in along))
    shape = tuple(value.shape[place] for place in places)
    mean, variance = (_given(layer, name, i, shape) for i, name in enumerate(("mean", "variance")))
    if len(layer.arrays) == 3:
        layer.used.add(2)  # how many examples it has seen
    deviation = np.maximum(np.sqrt(variance), EPSILON)
    centred = graph.like(value, "Sub", _along(graph, value, places, mean))
    return graph.like(centred, "Div", _along(graph, value, places, deviation))


def _given(layer: Layer, name: str, index: int, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """A statistic along the layer's axes; one of fewer belongs to the last of them."""
    given = layer.get(name)
    if given is None:
        return layer.array(index, shape)
    if isinstance(given, dict):  # how Keras writes an array into a config
        given = given.get("config", {}).get("value")
    try:
        return np.broadcast_to(np.asarray(given, dtype=np.float32), shape)
    except (ValueError, TypeError):
        raise Unsupported(f"Normalization with such a {name}") from None


def _along(
    graph: Graph, value: Value, places: tuple[int, ...], array: NDArray[np.floating[Any]]
) -> str:
    """A constant with a number for each position along these axes."""
    shape = [length if i in places else 1 for i, length in enumerate(value.shape)]
    return graph.constant(broadcast(value, array.reshape(shape).astype(np.float32)))


CONVERTERS: dict[str, Converter] = {
    "BatchNormalization": batch_normalization,
    "LayerNormalization": layer_normalization,
    "Normalization": normalization,
    "Rescaling": rescaling,
}
