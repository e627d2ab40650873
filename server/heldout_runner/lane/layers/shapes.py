"""Layers that only move numbers: flatten, reshape, pad, crop, enlarge."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

from heldout_runner.lane.graph import Graph, Shape, Unsupported, Value
from heldout_runner.lane.layer import Converter, Layer, bounded, only
from heldout_runner.lane.layers.windows import Images, images, is_last, value_of


def flatten(graph: Graph, layer: Layer, values: Sequence[Value]) -> Value:
    """All of an example's numbers in a row, channels last whatever the data format."""
    layer.expect("data_format")
    value = only(layer, values)
    if not is_last(layer) and len(value.shape) > 1:
        turned = graph.node("Transpose", graph.last(value).name, perm=(0, *range(2, value.rank), 1))
        return Value(graph.node("Flatten", turned, axis=1), (math.prod(value.shape),))
    name = graph.node("Flatten", graph.last(value).name, axis=1)
    return Value(name, (math.prod(value.shape),))


def reshape(graph: Graph, layer: Layer, values: Sequence[Value]) -> Value:
    """Another shape of as many numbers; one length may be -1."""
    layer.expect("target_shape")
    value = graph.last(only(layer, values))
    target = layer.wholes("target_shape", len(layer.get("target_shape") or ()))
    shape = _filled(target, math.prod(value.shape))
    return Value(graph.node("Reshape", value.name, graph.lengths((-1, *shape))), shape)


def permute(graph: Graph, layer: Layer, values: Sequence[Value]) -> Value:
    """Axes in another order, counted from 1."""
    layer.expect("dims")
    value = graph.last(only(layer, values))
    order = layer.wholes("dims", len(value.shape))
    if sorted(order) != list(range(1, value.rank)):
        raise Unsupported("Permute of axes that aren't there")
    name = graph.node("Transpose", value.name, perm=(0, *order))
    return Value(name, tuple(value.shape[axis - 1] for axis in order))


def repeat(graph: Graph, layer: Layer, values: Sequence[Value]) -> Value:
    """A row `n` times."""
    layer.expect("n")
    value, times = only(layer, values), layer.whole("n")
    if len(value.shape) != 1 or times < 1:
        raise Unsupported("RepeatVector of anything but rows")
    shape = bounded(layer, (times, *value.shape))
    standing = graph.node("Unsqueeze", value.name, graph.lengths((1,)))
    return Value(graph.node("Tile", standing, graph.lengths((1, times, 1))), shape)


def padding(graph: Graph, layer: Layer, values: Sequence[Value], *, dimensions: int) -> Value:
    """Zeros around."""
    layer.expect("padding", "data_format")
    found = images(graph, layer, only(layer, values), dimensions)
    around = _pairs(layer, "padding", dimensions)
    size = tuple(length + sum(pair) for length, pair in zip(found.size, around, strict=True))
    bounded(layer, (found.channels, *size))
    before, after = ([pair[side] for pair in around] for side in (0, 1))
    name = graph.node("Pad", found.name, graph.lengths((0, 0, *before, 0, 0, *after)))
    return value_of(layer, Images(name, found.channels, size))


def cropping(graph: Graph, layer: Layer, values: Sequence[Value], *, dimensions: int) -> Value:
    """Without the edges."""
    layer.expect("cropping", "data_format")
    found = images(graph, layer, only(layer, values), dimensions)
    around = _pairs(layer, "cropping", dimensions)
    size = tuple(length - sum(pair) for length, pair in zip(found.size, around, strict=True))
    if min(size) < 1:
        raise Unsupported("a crop of everything")
    begin = [before for before, _ in around]
    end = [length - after for length, (_, after) in zip(found.size, around, strict=True)]
    along = graph.lengths(tuple(range(2, dimensions + 2)))
    name = graph.node("Slice", found.name, graph.lengths(begin), graph.lengths(end), along)
    return value_of(layer, Images(name, found.channels, size))


def enlarged(graph: Graph, layer: Layer, values: Sequence[Value], *, dimensions: int) -> Value:
    """Each number several times."""
    layer.expect("size", "data_format", "interpolation")
    if layer.get("interpolation", "nearest") != "nearest":
        raise Unsupported("UpSampling that interpolates")
    found = images(graph, layer, only(layer, values), dimensions)
    times = layer.wholes("size", dimensions, 2)
    size = tuple(length * n for length, n in zip(found.size, times, strict=True))
    if min(times) < 1:
        raise Unsupported("UpSampling to nothing")
    bounded(layer, (found.channels, *size))
    name = found.name
    for axis, n in enumerate(times, 2):
        name = _each(graph, name, axis, found.size[axis - 2], n) if n > 1 else name
    return value_of(layer, Images(name, found.channels, size))


def _each(graph: Graph, name: str, axis: int, length: int, times: int) -> str:
    places = [place for place in range(length) for _ in range(times)]
    return graph.node("Gather", name, graph.lengths(places), axis=axis)


def _filled(target: Shape, count: int) -> Shape:
    known = math.prod(length for length in target if length != -1)
    if target.count(-1) > 1 or known < 1 or count % known:
        raise Unsupported(f"Reshape of {count} numbers to {target}")
    shape = tuple(count // known if length == -1 else length for length in target)
    if math.prod(shape) != count:
        raise Unsupported(f"Reshape of {count} numbers to {target}")
    return shape


def _pairs(layer: Layer, name: str, dimensions: int) -> list[tuple[int, int]]:
    """Before and after each axis: one number for all, one for each axis, or both for each."""
    value = layer.get(name)  # without a default: Keras has another one for each class
    each = [value] * dimensions if isinstance(value, int) else list(value or ())
    if dimensions == 1 and len(each) == 2:
        each = [each]
    pairs = [(one, one) if isinstance(one, int) else tuple(one) for one in each]
    if len(pairs) != dimensions or not all(_is_pair(pair) for pair in pairs):
        raise Unsupported(f"{layer.class_name} with {name} {value}")
    return [(int(pair[0]), int(pair[1])) for pair in pairs]


def _is_pair(pair: tuple[object, ...]) -> bool:
    return len(pair) == 2 and all(type(one) is int and one >= 0 for one in pair)


CONVERTERS: dict[str, Converter] = {
    "Flatten": flatten,
    "Reshape": reshape,
    "Permute": permute,
    "RepeatVector": repeat,
    **{f"ZeroPadding{n}D": partial(padding, dimensions=n) for n in (1, 2, 3)},
    **{f"Cropping{n}D": partial(cropping, dimensions=n) for n in (1, 2, 3)},
    **{f"UpSampling{n}D": partial(enlarged, dimensions=n) for n in (1, 2, 3)},
}
