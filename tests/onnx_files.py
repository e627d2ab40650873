"""ONNX files put together field by field, honest and hostile ones, without the `onnx` package."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from heldout_runner.lane.graph import node as encoded_node
from heldout_runner.lane.wire import Message

FLOAT, UINT8, INT64, STRING, BOOL, HALF, DOUBLE = 1, 2, 7, 8, 9, 10, 11
TYPES = {"float32": FLOAT, "int64": INT64, "float64": DOUBLE, "bool": BOOL, "float16": HALF}
PIXELS = 28 * 28


def tensor(name: str, array: Any, **instead: Any) -> Message:
    """An array; `instead` may lie about its shape, its type or its bytes."""
    array = np.asarray(array)
    message = Message()
    for length in instead.get("shape", array.shape):
        message.integer(1, length)
    message.integer(2, instead.get("type", TYPES[array.dtype.name])).text(8, name)
    return message.raw(9, instead.get("raw", array.tobytes()))


def node(
    operator: str, inputs: Sequence[str], outputs: Sequence[str], domain: str = "", **settings: Any
) -> Message:
    """A node and its settings; a whole message may stand in the place of a setting's value."""
    return encoded_node(operator, inputs, outputs, settings, domain)


def port(name: str, shape: Sequence[int | None] | None, kind: int = FLOAT) -> Message:
    """An input or output; None in a shape, or in its place: it isn't said."""
    of_tensor = Message().integer(1, kind)
    if shape is not None:
        dimensions = Message()
        for length in shape:
            named = Message().text(2, "n") if length is None else Message().integer(1, length)
            dimensions.message(1, named)
        of_tensor.message(2, dimensions)
    return Message().text(1, name).message(2, Message().message(1, of_tensor))


def opset(version: int = 18, domain: str = "") -> Message:
    """Which version of a set of operators is used."""
    return Message().text(1, domain).integer(2, version)


def graph(
    nodes: Sequence[Message],
    tensors: Sequence[Message] = (),
    inputs: Sequence[Message] | None = None,
    outputs: Sequence[Message] | None = None,
) -> Message:
    """A graph from `x` to `y`, unless told otherwise."""
    message = Message()
    for field, parts in (
        (1, nodes),
        (5, tensors),
        (11, [port("x", [None, 28, 28])] if inputs is None else inputs),
        (12, [port("y", [None, 10])] if outputs is None else outputs),
    ):
        for part in parts:
            message.message(field, part)
    return message


def model(of: Message, opsets: Sequence[Message] = (), more: Message | None = None) -> bytes:
    """A file; `more` is put behind it."""
    message = Message().integer(1, 9).text(2, "tests").message(7, of)
    for each in opsets or [opset()]:
        message.message(8, each)
    return message.encoded() + (more.encoded() if more else b"")


def weights() -> list[Message]:
    """Of one dense layer: `w` (784, 10) and `b` (10,)."""
    generator = np.random.default_rng(0)
    kernel = generator.normal(size=(PIXELS, 10)).astype(np.float32) / 28
    return [tensor("w", kernel), tensor("b", np.arange(10, dtype=np.float32))]


def dense(inputs: str = "x") -> list[Message]:
    """The nodes of one: flattened, multiplied, added to."""
    return [
        node("Flatten", [inputs], ["flat"], axis=1),
        node("Gemm", ["flat", "w", "b"], ["logits"]),
        node("Softmax", ["logits"], ["y"], axis=1),
    ]


def honest(**instead: Any) -> bytes:
    """A model of one dense layer; parts of its graph may be others."""
    parts = {"nodes": dense(), "tensors": weights(), **instead}
    return model(graph(**parts))
