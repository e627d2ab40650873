"""Activations, by name and as layers of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from heldout_runner.lane.graph import Graph, Unsupported, Value
from heldout_runner.lane.layer import Converter, Layer, broadcast, only, position

Function = Callable[[Graph, Value], Value]


def activated(graph: Graph, value: Value, name: Any) -> Value:
    """The value after the activation that a setting names; None is linear."""
    if name is None:
        return value
    if not isinstance(name, str) or name not in FUNCTIONS:
        raise Unsupported(f"the activation {name!r}")
    return FUNCTIONS[name](graph, value)


def _operator(operator: str, **attributes: Any) -> Function:
    return lambda graph, value: graph.like(value, operator, **attributes)


def _clipped(low: float, high: float) -> Function:
    return lambda graph, value: graph.like(value, "Clip", graph.number(low), graph.number(high))


def _silu(graph: Graph, value: Value) -> Value:
    return graph.like(value, "Mul", graph.like(value, "Sigmoid").name)


def _tanh_shrink(graph: Graph, value: Value) -> Value:
    return graph.like(value, "Sub", graph.like(value, "Tanh").name)


def _log_sigmoid(graph: Graph, value: Value) -> Value:
    return graph.like(graph.like(graph.like(value, "Neg"), "Softplus"), "Neg")


def _squareplus(graph: Graph, value: Value) -> Value:
    square = graph.like(value, "Mul", value.name)
    root = graph.like(graph.like(square, "Add", graph.number(4)), "Sqrt")
    return graph.like(graph.like(value, "Add", root.name), "Mul", graph.number(0.5))


def _along_classes(operator: str) -> Function:
    return lambda graph, value: graph.like(value, operator, axis=1 if value.channels_first else -1)


# As keras.activations has them in Keras 3, with their default arguments.
FUNCTIONS: dict[str, Function] = {
    "linear": lambda _, value: value,
    "relu": _operator("Relu"),
    "relu6": _clipped(0, 6),
    "leaky_relu": _operator("LeakyRelu", alpha=0.2),
    "elu": _operator("Elu", alpha=1.0),
    "selu": _operator("Selu"),
    "celu": _operator("Celu", alpha=1.0),
    "gelu": _operator("Gelu", approximate="none"),
    "mish": _operator("Mish"),
    "sigmoid": _operator("Sigmoid"),
    "hard_sigmoid": _operator("HardSigmoid", alpha=1 / 6, beta=0.5),
    "log_sigmoid": _log_sigmoid,
    "tanh": _operator("Tanh"),
    "hard_tanh": _clipped(-1, 1),
    "tanh_shrink": _tanh_shrink,
    "hard_shrink": _operator("Shrink", lambd=0.5, bias=0.0),
    "soft_shrink": _operator("Shrink", lambd=0.5, bias=0.5),
    "silu": _silu,
    "swish": _silu,
    "hard_silu": _operator("HardSwish"),
    "hard_swish": _operator("HardSwish"),
    "softplus": _operator("Softplus"),
    "softsign": _operator("Softsign"),
    "squareplus": _squareplus,
    "exponential": _operator("Exp"),
    "softmax": _along_classes("Softmax"),
    "log_softmax": _along_classes("LogSoftmax"),
}


def activation(graph: Graph, layer: Layer, values: Sequence[Value]) -> Value:
    """Any of them as a layer of its own."""
    layer.expect("activation")
    return activated(graph, only(layer, values), layer.get("activation"))


def relu(graph: Graph, layer: Layer, values: Sequence[Value]) -> Value:
    """A ReLU with a bound, or a slope below zero."""
    layer.expect("max_value", "negative_slope", "threshold")
    value, highest = only(layer, values), layer.get("max_value")
    if layer.real("threshold", 0) != 0:
        raise Unsupported("ReLU with a threshold")
    slope = layer.real("negative_slope", 0)
    if slope < 0 or (highest is not None and layer.real("max_value", 0) < 0):
        raise Unsupported("ReLU with a slope or a bound below zero")
    if highest is None:
        return graph.like(value, "LeakyRelu", alpha=slope) if slope else graph.like(value, "Relu")
    if slope:
        raise Unsupported("ReLU with a bound and a slope")
    return _clipped(0, layer.real("max_value", 0))(graph, value)


def leaky_relu(graph: Graph, layer: Layer, values: Sequence[Value]) -> Value:
    """A slope below zero; Keras 2 called it alpha."""
    layer.expect("negative_slope", "alpha")
    if {"negative_slope", "alpha"} <= layer.config.keys():
        raise Unsupported("LeakyReLU with two slopes")
    slope = layer.real("negative_slope", layer.real("alpha", 0.3))
    if slope < 0:
        raise Unsupported("LeakyReLU with a slope below zero")
    return graph.like(only(layer, values), "LeakyRelu", alpha=slope)


def prelu(graph: Graph, layer: Layer, values: Sequence[Value]) -> Value:
    """A learned slope below zero, of each number or shared along some axes."""
    layer.expect("shared_axes")
    value = only(layer, values)
    shared = {position(layer, value, axis) for axis in layer.get("shared_axes") or ()}
    shape = tuple(1 if i in shared else length for i, length in enumerate(value.shape))
    slope = broadcast(value, layer.array(0, shape))
    return graph.like(value, "PRelu", graph.constant(slope))


def elu(graph: Graph, layer: Layer, values: Sequence[Value]) -> Value:
    """An exponential below zero."""
    layer.expect("alpha")
    return graph.like(only(layer, values), "Elu", alpha=layer.real("alpha", 1))


def softmax(graph: Graph, layer: Layer, values: Sequence[Value]) -> Value:
    """Shares along one axis, the last unless it is said."""
    layer.expect("axis")
    value = graph.last(only(layer, values))
    axis = position(layer, value, layer.get("axis", -1)) + 1
    return graph.like(value, "Softmax", axis=axis)


CONVERTERS: dict[str, Converter] = {
    "Activation": activation,
    "ReLU": relu,
    "LeakyReLU": leaky_relu,
    "PReLU": prelu,
    "ELU": elu,
    "Softmax": softmax,
}
