"""A graph in ONNX that grows node by node, and knows the shape of every value in it.

Keras keeps channels last, ONNX computes with channels first. A value remembers in which order it is
kept, so that a stack of convolutions is turned once at its begin and once at its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_runner.lane.wire import Message

OPSET = 20
"""Operators as of ONNX 1.15: the first with Gelu. IR_VERSION is that release's."""
IR_VERSION = 9
INPUT = "input"
OUTPUT = "output"

Shape = tuple[int, ...]
Attribute = int | float | str | Message | Sequence[int] | Sequence[float] | Sequence[str]
_TYPES = {np.dtype("float32"): 1, np.dtype("int64"): 7}


class Unsupported(Exception):
    """What this converter doesn't know, or not for certain; the message says what."""


@dataclass(frozen=True, slots=True)
class Value:
    """A tensor of the graph. `shape` is one example's, in Keras' order.

    `channels_first`: in the graph its last axis comes first.
    """

    name: str
    shape: Shape
    channels_first: bool = False

    @property
    def rank(self) -> int:
        """The number of axes, the batch's among them."""
        return len(self.shape) + 1


class Graph:
    """Nodes and constants in the order in which they were added, all of float32 but for shapes."""

    def __init__(self, input_shape: Shape) -> None:
        self._graph = Message().text(2, "model")
        self._names = 0
        self.input = Value(INPUT, input_shape)

    def node(self, operator: str, *inputs: str, outputs: int = 1, **attributes: Attribute) -> str:
        """Add an operator and return the name of its last output; empty names are left out."""
        names = [self._name() for _ in range(outputs)]
        self._graph.message(1, node(operator, inputs, names, attributes))
        return names[-1]

    def constant(self, array: NDArray[np.float32] | NDArray[np.int64]) -> str:
        """Keep an array of float32 or int64 in the graph and return its name."""
        name, kept = self._name(), np.ascontiguousarray(array)
        tensor = Message()
        for length in kept.shape:
            tensor.integer(1, length)
        tensor.integer(2, _TYPES[kept.dtype]).text(8, name)
        tensor.raw(9, kept.reshape(-1).view(np.uint8).data)
        self._graph.message(5, tensor)
        return name

    def number(self, value: float) -> str:
        """A scalar of float32."""
        return self.constant(np.array(value, dtype=np.float32))

    def lengths(self, values: Sequence[int]) -> str:
        """A shape, or axes, or pads: int64."""
        return self.constant(np.array(values, dtype=np.int64))

    def like(self, value: Value, operator: str, *more: str, **attributes: Any) -> Value:
        """An operator that works on each number by itself, so that shape and order stay."""
        return replace(value, name=self.node(operator, value.name, *more, **attributes))

    def last(self, value: Value) -> Value:
        """The value in Keras' order."""
        if not value.channels_first:
            return value
        order = (0, *range(2, value.rank), 1)
        return Value(self.node("Transpose", value.name, perm=order), value.shape)

    def first(self, value: Value) -> Value:
        """The value with its last axis first, as convolutions want it."""
        if value.channels_first:
            return value
        order = (0, value.rank - 1, *range(1, value.rank - 1))
        return Value(self.node("Transpose", value.name, perm=order), value.shape, True)

    def encoded(self, output: Value) -> bytes:
        """The model file whose only output is this value."""
        self._graph.message(
            1, Message().text(1, self.last(output).name).text(2, OUTPUT).text(4, "Identity")
        )
        self._graph.message(11, _described(INPUT, self.input.shape))
        self._graph.message(12, _described(OUTPUT, output.shape))
        model = Message().integer(1, IR_VERSION).text(2, "heldout").message(7, self._graph)
        return model.message(8, Message().text(1, "").integer(2, OPSET)).encoded()

    def _name(self) -> str:
        self._names += 1
        return f"v{self._names}"


def node(
    operator: str,
    inputs: Iterable[str],
    outputs: Iterable[str],
    attributes: Mapping[str, Attribute],
    domain: str = "",
) -> Message:
    """An operator between named values, with its settings; of ONNX's own set or another domain."""
    message = Message()
    for name in inputs:
        message.text(1, name)
    for name in outputs:
        message.text(2, name)
    message.text(4, operator)
    for name, value in attributes.items():
        message.message(5, attribute(name, value))
    return message.text(7, domain) if domain else message


def attribute(name: str, value: Attribute) -> Message:
    """A node's setting, of the type that fits the value; a message is a tensor's."""
    message = Message().text(1, name)
    if isinstance(value, Message):
        return message.message(5, value).integer(20, 4)
    if isinstance(value, str):
        return message.text(4, value).integer(20, 3)
    if isinstance(value, float):
        return message.single(2, value).integer(20, 1)
    if isinstance(value, int):
        return message.integer(3, value).integer(20, 2)
    return _row(message, value)


def _row(message: Message, values: Sequence[int] | Sequence[float] | Sequence[str]) -> Message:
    kind = 7
    for each in values:
        if isinstance(each, str):
            kind = 8
            message.text(9, each)
        elif isinstance(each, float):
            kind = 6
            message.single(7, each)
        else:
            message.integer(8, each)
    return message.integer(20, kind)


def _described(name: str, shape: Shape) -> Message:
    dimensions = Message().message(1, Message().text(2, "n"))
    for length in shape:
        dimensions.message(1, Message().integer(1, length))
    tensor = Message().integer(1, _TYPES[np.dtype("float32")]).message(2, dimensions)
    return Message().text(1, name).message(2, Message().message(1, tensor))
