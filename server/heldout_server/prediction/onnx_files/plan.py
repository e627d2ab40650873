"""What of an ONNX file is computed: from its one input to its one output, and by what. Pure.

Everything else in the file (a classifier's labels, a mask that nobody reads) is left behind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from heldout_server.prediction.onnx_files import refusals
from heldout_server.prediction.onnx_files.numbers import (
    DOUBLE,
    FLOAT,
    TYPES,
    Numbers,
    check_wholes,
    numbers,
    type_name,
)
from heldout_server.prediction.onnx_files.operators import (
    NEWEST_OF_SCIKIT_LEARN,
    NEWEST_OPSET,
    OF_SCIKIT_LEARN,
    OLDEST_OPSET,
    ONNX,
    SETTINGS,
    ZIP_MAP,
)
from heldout_server.prediction.onnx_files.parts import Model, Node, Port, Setting, Shape, Tensor

MOST_NODES = 5_000
FLOATS = (FLOAT, DOUBLE)
# Equations of Einsum, ways to pad and to round, activations of recurrent layers.
_WORD = re.compile(r"[A-Za-z0-9_,.>\- ]{0,100}")
_CLASSES = ("classlabels_ints", "classlabels_int64s")


@dataclass(frozen=True)
class Plan:
    """Checked parts: `entry` is the input's name, `end` that of the value that is scored.

    `versions`: of the sets whose operators are used. What skl2onnx writes of a linear model names
    an old one of ONNX's own, for a label that nobody reads.
    """

    versions: Mapping[str, int]
    entry: str
    entry_type: int
    shape: Shape
    nodes: tuple[Node, ...]
    arrays: Mapping[str, Numbers]
    end: str

    @cached_property
    def parameters(self) -> int:
        """How many real numbers it has learned, or was given."""
        inside = (_reals_in(s) for node in self.nodes for s in node.settings.values())
        return sum(map(_reals_of, self.arrays.values())) + sum(inside)


def planned(model: Model, input_shapes: str) -> Plan:
    """What is computed of a model. Raises Rejection for what isn't known, or can't be computed."""
    if len(model.nodes) > MOST_NODES:
        raise refusals.too_large(f"{len(model.nodes):,}", MOST_NODES, "operators")
    makers = _makers(model)
    end = _end(model, makers)
    nodes = _used(model, end, makers)
    for node in nodes:
        _check_node(node)
    entry = _entry(model, input_shapes)
    read = {name for node in nodes for name in read_by(node)} | {end}
    arrays = {each.name: numbers(each) for each in model.tensors if each.name in read}
    assert entry.type is not None
    assert entry.shape is not None
    versions = {domain: _version(model, domain) for domain in {node.domain for node in nodes}}
    return Plan(versions, entry.name, entry.type, entry.shape, nodes, arrays, end)


def read_by(node: Node) -> Iterator[str]:
    """The values that a node takes; of Dropout only what goes through: nothing is dropped here."""
    yield from (name for name in node.inputs[: 1 if node.operator == "Dropout" else None] if name)


def _reals_in(setting: Setting) -> int:
    if isinstance(setting, Tensor):
        return _reals_of(numbers(setting))
    return sum(isinstance(each, float) for each in setting) if isinstance(setting, tuple) else 0


def _reals_of(array: Numbers) -> int:
    return array.count if array.type in FLOATS else 0


def _makers(model: Model) -> dict[str, Node | None]:
    """Who makes each value; None for inputs and arrays. Each once, and before it is used."""
    arrays = {each.name for each in model.tensors}
    inputs = [port.name for port in model.inputs]
    if len(arrays) < len(model.tensors) or len(set(inputs)) < len(inputs):
        raise refusals.inconsistent("a name stands for two values")
    made: dict[str, Node | None] = dict.fromkeys([*inputs, *arrays])
    for node in model.nodes:
        if any(name and name not in made for name in node.inputs):
            raise refusals.inconsistent("a value is used that isn't there, or not yet")
        for name in filter(None, node.outputs):
            if name in made:
                raise refusals.inconsistent("a name stands for two values")
            made[name] = node
    return made


def _entry(model: Model, input_shapes: str) -> Port:
    """The only input; older files name their arrays among the inputs."""
    arrays = {each.name for each in model.tensors}
    found = [port for port in model.inputs if port.name not in arrays]
    if len(found) != 1:
        raise refusals.wrong_input(f"has {len(found)} inputs", input_shapes)
    port = found[0]
    if port.type not in FLOATS:
        kind = "something else than a tensor" if port.type is None else type_name(port.type)
        raise refusals.wrong_input(f"takes {kind}", input_shapes)
    if not port.shape:
        raise refusals.wrong_input("doesn't say the shape of its input", input_shapes)
    if any(length is not None and length < 1 for length in port.shape):
        raise refusals.wrong_input(f"takes {port.shape}", input_shapes)
    check_wholes(np.array([length or 0 for length in port.shape]))
    return port


def _end(model: Model, makers: Mapping[str, Node | None]) -> str:
    """The value that is scored: the one output of numbers, which a classifier has beside labels."""
    found = {name for port in model.outputs if (name := _scored(port, makers))}
    if len(found) != 1:
        raise refusals.wrong_output(f"has {len(found)} outputs of numbers")
    (end,) = found
    if makers.get(end) is None:
        raise refusals.inconsistent("its output is computed by nothing")
    return end


def _scored(port: Port, makers: Mapping[str, Node | None]) -> str | None:
    if port.type is not None:
        return port.name if port.type in FLOATS else None
    maker = makers.get(port.name)
    if maker is None or (maker.domain, maker.operator) != (OF_SCIKIT_LEARN, ZIP_MAP):
        return None
    _check_classes(maker.settings)
    return next(iter(maker.inputs), None)


def _used(model: Model, end: str, makers: Mapping[str, Node | None]) -> tuple[Node, ...]:
    """The nodes that lead to the end, in their order."""
    needed, used = {end}, []
    for node in reversed(model.nodes):
        made = needed.intersection(filter(None, node.outputs))
        if made:
            used.append(node)
            needed.update(read_by(node))
            if node.operator == "Dropout" and made - {node.outputs[0]}:
                raise refusals.not_allowed("a Dropout whose choice is used")
    return tuple(reversed(used))


def _check_node(node: Node) -> None:
    known = SETTINGS.get(node.domain, {}).get(node.operator)
    if known is None:
        of = f" of {node.domain}" if node.domain else ""
        raise refusals.not_allowed(f"the operator {node.operator or 'without a name'}{of}")
    for name, value in node.settings.items():
        if name not in known:
            raise refusals.not_allowed(f"{node.operator} with {name}")
        _check_setting(node.operator, name, value)
    if node.settings.get("training_mode"):
        raise refusals.not_allowed("BatchNormalization in training (call model.eval() first)")
    _check_classes(node.settings)


def _check_setting(operator: str, name: str, value: Setting) -> None:
    if operator == "Cast" and name == "to":
        kind = value if isinstance(value, int) else 0
        if kind not in TYPES:
            raise refusals.other_numbers(type_name(kind))
    values = value if isinstance(value, tuple) else (value,)
    for each in values:
        if isinstance(each, Tensor):
            numbers(each)
        elif isinstance(each, str) and not _WORD.fullmatch(each):
            raise refusals.not_allowed(f"{operator} with {name} of other words")
    check_wholes(np.array([each for each in values if isinstance(each, int)], np.float64))


def _check_classes(settings: Mapping[str, Setting]) -> None:
    """Columns stand in the order of the classes: those of the contest, counted from 0."""
    if settings.get("classlabels_strings"):
        raise refusals.wrong_output("names its classes (train it with y_train as it comes)")
    for name in _CLASSES:
        classes = settings.get(name)
        if isinstance(classes, tuple) and classes != tuple(range(len(classes))):
            raise refusals.wrong_output("doesn't count its classes from 0")


def _version(model: Model, domain: str) -> int:
    version = model.versions.get(domain, 0)
    oldest, newest = (OLDEST_OPSET, NEWEST_OPSET) if domain == ONNX else (1, NEWEST_OF_SCIKIT_LEARN)
    if not oldest <= version <= newest:
        raise refusals.other_version(domain, version, oldest, newest)
    return version
