"""An ONNX file as plain values: what a model is made of, read but not yet judged."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from heldout_server.prediction.onnx_files import schema
from heldout_server.prediction.onnx_files.schema import Foreign, Found, gathered
from heldout_server.prediction.onnx_files.wire import Broken, Reader, Value, signed

LONG_NAME, LONGEST_NAME = 100, 1_000
MOST_DIMENSIONS = 8

Shape = tuple[int | None, ...]
# AttributeProto's types, and the field that holds a value of each.
REAL, WHOLE, WORD, TENSOR, REALS, WHOLES, WORDS = 1, 2, 3, 4, 6, 7, 8
EXTERNAL = "numbers in another file"
_FIELD_OF = {REAL: 2, WHOLE: 3, WORD: 4, TENSOR: 5, REALS: 7, WHOLES: 8, WORDS: 9}


@dataclass(frozen=True, slots=True)
class Tensor:
    """An array. `type` is ONNX's number of it; `data` what stands for its numbers, by field."""

    name: str
    type: int
    shape: tuple[int, ...]
    data: Mapping[int, memoryview | tuple[int, ...]]


Setting = int | float | str | Tensor | tuple[int, ...] | tuple[float, ...] | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """One operator of one domain, between named values."""

    operator: str
    domain: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    settings: Mapping[str, Setting]


@dataclass(frozen=True, slots=True)
class Port:
    """An input or output. `type` is a tensor's; None for what is no tensor. `shape` if it says."""

    name: str
    type: int | None
    shape: Shape | None


@dataclass(frozen=True, slots=True)
class Model:
    """A whole file. `versions`: of the sets of operators, by domain."""

    versions: Mapping[str, int]
    nodes: tuple[Node, ...]
    tensors: tuple[Tensor, ...]
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]


def model(reader: Reader, content: memoryview) -> Model:
    """The model in the file's bytes. Raises Broken or Foreign."""
    found = gathered(reader, content, schema.MODEL)
    if 7 not in found:
        raise Broken("a model without a graph")
    graph = gathered(reader, _bytes(found[7][0]), schema.GRAPH)
    versions = [_version(reader, each) for each in _messages(found, 8)]
    # skl2onnx names one twice, but never two versions of it.
    if len(dict(versions)) != len(set(versions)):
        raise Broken("two versions of one set of operators")
    return Model(
        dict(versions),
        tuple(_node(reader, each) for each in _messages(graph, 1)),
        tuple(_tensor(reader, each) for each in _messages(graph, 5)),
        tuple(_port(reader, each) for each in _messages(graph, 11)),
        tuple(_port(reader, each) for each in _messages(graph, 12)),
    )


def _version(reader: Reader, message: memoryview) -> tuple[str, int]:
    found = gathered(reader, message, schema.OPSET)
    return _domain(_text(reader, found, 1)), _whole(found, 2)


def _node(reader: Reader, message: memoryview) -> Node:
    found = gathered(reader, message, schema.NODE)
    settings = [_setting(reader, each) for each in _messages(found, 5)]
    if len(dict(settings)) != len(settings):
        raise Broken("a setting that is given twice")
    inputs, outputs = _texts(reader, found, 1), _texts(reader, found, 2)
    return Node(
        _text(reader, found, 4), _domain(_text(reader, found, 7)), inputs, outputs, dict(settings)
    )


def _setting(reader: Reader, message: memoryview) -> tuple[str, Setting]:
    found = gathered(reader, message, schema.ATTRIBUTE)
    kind = _whole(found, 20)
    if kind not in _FIELD_OF or set(found) - {1, 20, _FIELD_OF[kind]}:
        raise Broken("a setting of no type, or of two")
    return _text(reader, found, 1), _OF_KIND[kind](reader, found)


def _tensor(reader: Reader, message: memoryview) -> Tensor:
    found = gathered(reader, message, schema.TENSOR)
    if 13 in found or _whole(found, 14):
        raise Foreign(EXTERNAL)
    shape = _wholes(reader, found, 1)
    if len(shape) > MOST_DIMENSIONS:
        raise Broken("a tensor of too many dimensions")
    data: dict[int, memoryview | tuple[int, ...]] = {
        number: _bytes(found[number][0]) for number in (4, 9, 10) if number in found
    }
    data |= {number: _wholes(reader, found, number) for number in (5, 7) if number in found}
    return Tensor(_text(reader, found, 8), _whole(found, 2), shape, data)


def _port(reader: Reader, message: memoryview) -> Port:
    found = gathered(reader, message, schema.PORT)
    name = _text(reader, found, 1)
    kind = gathered(reader, _bytes(found[2][0]), schema.TYPE) if 2 in found else {}
    if len(kind) > 1:
        raise Broken("an input or output of two types")
    if 1 not in kind:
        return Port(name, None, None)
    tensor = gathered(reader, _bytes(kind[1][0]), schema.TENSOR_TYPE)
    return Port(name, _whole(tensor, 1), _shape(reader, tensor))


def _shape(reader: Reader, tensor: Found) -> Shape | None:
    if 2 not in tensor:
        return None
    shape = gathered(reader, _bytes(tensor[2][0]), schema.SHAPE)
    dimensions = [gathered(reader, each, schema.DIMENSION) for each in _messages(shape, 1)]
    if len(dimensions) > MOST_DIMENSIONS or any(len(each) > 1 for each in dimensions):
        raise Broken("a shape of too much")
    return tuple(_whole(each, 1) if 1 in each else None for each in dimensions)


def _real(_: Reader, found: Found) -> float:
    return float(struct.unpack("<f", _bytes(found[2][0]))[0]) if 2 in found else 0.0


def _reals(reader: Reader, found: Found) -> tuple[float, ...]:
    joined = b"".join(_messages(found, 7))
    if len(joined) % 4:
        raise Broken("a row of numbers that is cut off")
    reader.count(len(joined) // 4)
    return struct.unpack(f"<{len(joined) // 4}f", joined)


def _wholes(reader: Reader, found: Found, number: int) -> tuple[int, ...]:
    """One number a field, or several packed into one."""
    values: list[int] = []
    for each in found.get(number, []):
        values += [each] if isinstance(each, int) else reader.packed(each)
    return tuple(map(signed, values))


def _of_tensor(reader: Reader, found: Found) -> Tensor:
    return _tensor(reader, _bytes(found[5][0])) if 5 in found else _tensor(reader, memoryview(b""))


_OF_KIND: dict[int, Callable[[Reader, Found], Setting]] = {
    REAL: _real,
    WHOLE: lambda _, found: _whole(found, 3),
    WORD: lambda reader, found: _text(reader, found, 4),
    TENSOR: _of_tensor,
    REALS: _reals,
    WHOLES: lambda reader, found: _wholes(reader, found, 8),
    WORDS: lambda reader, found: _texts(reader, found, 9),
}


def _domain(name: str) -> str:
    """ONNX's own operators have an empty domain, or this one."""
    return "" if name == "ai.onnx" else name


def _whole(found: Found, number: int) -> int:
    value = found.get(number, [0])[0]
    assert isinstance(value, int)
    return signed(value)


def _text(reader: Reader, found: Found, number: int) -> str:
    return _texts(reader, found, number)[0] if number in found else ""


def _texts(reader: Reader, found: Found, number: int) -> tuple[str, ...]:
    return tuple(_said(reader, each) for each in _messages(found, number))


def _said(reader: Reader, raw: memoryview) -> str:
    """A name. Long ones count as several parts: in memory they may be four times as long."""
    if len(raw) > LONGEST_NAME:
        raise Broken("a name that is too long")
    reader.count(len(raw) // LONG_NAME)
    try:
        return str(raw, "utf-8")
    except UnicodeDecodeError:
        raise Broken("a name that is no text") from None


def _messages(found: Found, number: int) -> list[memoryview]:
    return [_bytes(each) for each in found.get(number, [])]


def _bytes(value: Value) -> memoryview:
    assert isinstance(value, memoryview)
    return value
