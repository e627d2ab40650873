"""Pooling by windows and over everything."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from heldout_runner.lane.graph import Graph, Unsupported, Value
from heldout_runner.lane.layer import Converter, Layer, only
from heldout_runner.lane.layers.windows import Images, Window, axes, images, pads, value_of


def pooling(
    graph: Graph, layer: Layer, values: Sequence[Value], *, operator: str, dimensions: int
) -> Value:
    """The largest number, or the mean, of each window; what is padded counts for nothing."""
    layer.expect("pool_size", "strides", "padding", "data_format")
    found = images(graph, layer, only(layer, values), dimensions)
    length = layer.wholes("pool_size", dimensions, 2)
    strides = length if layer.get("strides") is None else layer.wholes("strides", dimensions)
    if min(*length, *strides) < 1:
        raise Unsupported(f"{layer.class_name} with a window of nothing")
    added, size = pads(layer, found.size, Window(length, strides, (1,) * dimensions))
    name = graph.node(operator, found.name, kernel_shape=length, strides=strides, pads=added)
    return value_of(layer, Images(name, found.channels, size))


def of_all(
    graph: Graph, layer: Layer, values: Sequence[Value], *, operator: str, dimensions: int
) -> Value:
    """One number a channel."""
    layer.expect("keepdims", "data_format")
    found = images(graph, layer, only(layer, values), dimensions)
    keeps = bool(layer.get("keepdims", False))
    name = graph.node(operator, found.name, graph.lengths(axes(found.size)), keepdims=int(keeps))
    if keeps:
        return value_of(layer, Images(name, found.channels, (1,) * dimensions))
    return Value(name, (found.channels,))


def _named(names: str, convert: Converter, **operator: str) -> dict[str, Converter]:
    return {
        name.format(n): partial(convert, dimensions=n, **operator)  # type: ignore[call-arg]
        for name in names.split()
        for n in (1, 2, 3)
    }


CONVERTERS: dict[str, Converter] = {
    **_named("MaxPooling{}D MaxPool{}D", pooling, operator="MaxPool"),  # type: ignore[arg-type]
    **_named("AveragePooling{}D AvgPool{}D", pooling, operator="AveragePool"),  # type: ignore[arg-type]
    **_named("GlobalMaxPooling{}D GlobalMaxPool{}D", of_all, operator="ReduceMax"),  # type: ignore[arg-type]
    **_named("GlobalAveragePooling{}D GlobalAvgPool{}D", of_all, operator="ReduceMean"),  # type: ignore[arg-type]
}
