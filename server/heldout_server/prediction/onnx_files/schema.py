"""Which fields ONNX's messages have, and what becomes of each: read, left out or refused.

Numbers are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto. A field that isn't
here may change what a model means, so it is refused; and one that may stand once only stands once,
since readers differ in which of two they take.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from heldout_server.prediction.onnx_files.wire import (
    FIXED_32,
    LENGTH,
    VARINT,
    Broken,
    Reader,
    Value,
)

WHOLE, TEXT, REAL = (VARINT,), (LENGTH,), (FIXED_32,)
# Rows of numbers stand packed into one field, or each in one of its own.
WHOLES, REALS = (VARINT, LENGTH), (FIXED_32, LENGTH)

Found = dict[int, list[Value]]
"""The values of a message by the number of their field."""


class Foreign(Exception):
    """A field with something that isn't run here; says what, in a few words."""


@dataclass(frozen=True)
class Schema:
    """One kind of message. `once` and `many`: the wire types that a field may have."""

    what: str
    once: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    many: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    left_out: frozenset[int] = frozenset()
    refused: Mapping[int, str] = field(default_factory=dict)


def gathered(reader: Reader, message: memoryview, schema: Schema) -> Found:
    """The fields that are read. Raises Broken or Foreign."""
    found: Found = {}
    for number, wire, value in reader.fields(message):
        if number in schema.left_out:
            continue
        if number in schema.refused:
            raise Foreign(schema.refused[number])
        wires = schema.once.get(number) or schema.many.get(number)
        if wires is None:
            raise Broken(f"{schema.what} with a field {number}")
        if wire not in wires or (number in schema.once and number in found):
            raise Broken(f"{schema.what} with a wrong field {number}")
        found.setdefault(number, []).append(value)
    return found


MODEL = Schema(
    "the model",
    once={1: WHOLE, 7: TEXT},
    many={8: TEXT},
    left_out=frozenset({2, 3, 4, 5, 6, 14, 26}),
    refused={20: "training steps", 25: "functions of its own"},
)
OPSET = Schema("a set of operators", once={1: TEXT, 2: WHOLE})
GRAPH = Schema(
    "the graph",
    many={1: TEXT, 5: TEXT, 11: TEXT, 12: TEXT},
    left_out=frozenset({2, 10, 13, 16}),
    refused={14: "quantized numbers", 15: "sparse tensors"},
)
NODE = Schema(
    "a node",
    once={4: TEXT, 7: TEXT},
    many={1: TEXT, 2: TEXT, 5: TEXT},
    left_out=frozenset({3, 6, 9, 10}),
    refused={8: "functions of its own"},
)
ATTRIBUTE = Schema(
    "a setting",
    once={1: TEXT, 2: REAL, 3: WHOLE, 4: TEXT, 5: TEXT, 20: WHOLE},
    many={7: REALS, 8: WHOLES, 9: TEXT},
    left_out=frozenset({13}),
    refused={
        6: "a graph inside of it (a loop or a branch)",
        11: "graphs inside of it (loops or branches)",
        10: "rows of tensors",
        14: "types as settings",
        15: "types as settings",
        21: "functions of its own",
        22: "sparse tensors",
        23: "sparse tensors",
    },
)
TENSOR = Schema(
    "a tensor",
    once={2: WHOLE, 4: TEXT, 8: TEXT, 9: TEXT, 10: TEXT, 14: WHOLE},
    many={1: WHOLES, 5: WHOLES, 7: WHOLES, 13: TEXT},
    left_out=frozenset({12, 16}),
    refused={3: "a tensor in pieces", 6: "text as numbers", 11: "numbers without a sign"},
)
PORT = Schema("an input or output", once={1: TEXT, 2: TEXT}, left_out=frozenset({3, 4}))
# Of other types than tensors no more is looked at: which one it is tells enough.
TYPE = Schema(
    "a type",
    once={1: TEXT, 4: TEXT, 5: TEXT, 7: TEXT, 8: TEXT, 9: TEXT},
    left_out=frozenset({6}),
)
TENSOR_TYPE = Schema("a tensor's type", once={1: WHOLE, 2: TEXT})
SHAPE = Schema("a shape", many={1: TEXT})
DIMENSION = Schema("a dimension", once={1: WHOLE, 2: TEXT}, left_out=frozenset({3}))
