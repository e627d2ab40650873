"""Layers that make one value of several."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial, reduce

from heldout_runner.lane.graph import Graph, Shape, Unsupported, Value
from heldout_runner.lane.layer import Converter, Layer, position


def elementwise(graph: Graph, layer: Layer, values: Sequence[Value], *, operator: str) -> Value:
    """Number by number; an axis of length 1 stands for all."""
    layer.expect()
    alike = _alike(graph, layer, values)
    shape = reduce(lambda one, other: _broadcast(layer, one, other), (v.shape for v in alike))
    names = [value.name for value in alike]
    if operator in ("Sum", "Mean", "Max", "Min"):
        name = graph.node(operator, *names)
    else:
        name = reduce(lambda one, other: graph.node(operator, one, other), names)
    return Value(name, shape, alike[0].channels_first)


def subtract(graph: Graph, layer: Layer, values: Sequence[Value]) -> Value:
    """The first without the second."""
    if len(values) != 2:
        raise Unsupported(f"Subtract of {len(values)} values")
    return elementwise(graph, layer, values, operator="Sub")


def concatenate(graph: Graph, layer: Layer, values: Sequence[Value]) -> Value:
    """One behind the other along an axis."""
    layer.expect("axis")
    alike = _alike(graph, layer, values)
    axis = position(layer, alike[0], layer.get("axis", -1))
    rest = {value.shape[:axis] + value.shape[axis + 1 :] for value in alike}
    if len(rest) != 1:
        raise Unsupported("Concatenate of shapes that don't fit")
    first, last = alike[0].channels_first, len(alike[0].shape) - 1
    place = (1 if axis == last else axis + 2) if first else axis + 1
    shape = list(alike[0].shape)
    shape[axis] = sum(value.shape[axis] for value in alike)
    name = graph.node("Concat", *(value.name for value in alike), axis=place)
    return Value(name, tuple(shape), first)


def _alike(graph: Graph, layer: Layer, values: Sequence[Value]) -> list[Value]:
    """The values in one order, channels first where most of the work was done that way."""
    if len(values) < 2 or len({len(value.shape) for value in values}) != 1:
        raise Unsupported(f"{layer.class_name} of values that don't fit")
    if all(value.channels_first for value in values):
        return list(values)
    return [graph.last(value) for value in values]


def _broadcast(layer: Layer, one: Shape, other: Shape) -> Shape:
    if any(a != b and 1 not in (a, b) for a, b in zip(one, other, strict=True)):
        raise Unsupported(f"{layer.class_name} of {one} and {other}")
    return tuple(max(a, b) for a, b in zip(one, other, strict=True))


CONVERTERS: dict[str, Converter] = {
    "Add": partial(elementwise, operator="Sum"),
    "Average": partial(elementwise, operator="Mean"),
    "Maximum": partial(elementwise, operator="Max"),
    "Minimum": partial(elementwise, operator="Min"),
    "Multiply": partial(elementwise, operator="Mul"),
    "Subtract": subtract,
    "Concatenate": concatenate,
}
