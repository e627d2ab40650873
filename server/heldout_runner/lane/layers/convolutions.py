"""Convolutions: plain, by depth, and separated into both."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from heldout_runner.lane.graph import Graph, Unsupported, Value
from heldout_runner.lane.layer import Converter, Layer, only
from heldout_runner.lane.layers.activations import activated
from heldout_runner.lane.layers.windows import Images, Window, images, pads, value_of

_OF_WINDOWS = (
    "kernel_size", "strides", "padding", "data_format", "dilation_rate", "activation", "use_bias",
)  # fmt: skip


def convolution(graph: Graph, layer: Layer, values: Sequence[Value], *, dimensions: int) -> Value:
    """A kernel (*window, channels / groups, filters), as Keras keeps it."""
    layer.expect(*_OF_WINDOWS, "filters", "groups", "rank")
    found = images(graph, layer, only(layer, values), dimensions)
    window, groups, filters = (
        _window(layer, dimensions),
        layer.whole("groups", 1),
        layer.whole("filters"),
    )
    if groups < 1 or found.channels % groups or filters % groups:
        raise Unsupported("a convolution in uneven groups")
    kernel = layer.array(0, (*window.length, found.channels // groups, filters))
    turned = np.moveaxis(kernel, (-1, -2), (0, 1))
    out = _convolved(graph, layer, found, turned, window, groups, _bias(layer, 1, filters))
    return activated(graph, value_of(layer, out), layer.get("activation"))


def depthwise(graph: Graph, layer: Layer, values: Sequence[Value], *, dimensions: int) -> Value:
    """A kernel (*window, channels, multiplier): each channel by itself."""
    layer.expect(*_OF_WINDOWS, "depth_multiplier", "rank", "filters", "groups")
    found = images(graph, layer, only(layer, values), dimensions)
    out = _by_depth(graph, layer, found, dimensions, bias_at=1)
    return activated(graph, value_of(layer, out), layer.get("activation"))


def separable(graph: Graph, layer: Layer, values: Sequence[Value], *, dimensions: int) -> Value:
    """By depth, then across channels: kernels (*window, channels, multiplier), (1…, ·, filters)."""
    layer.expect(*_OF_WINDOWS, "depth_multiplier", "rank", "filters", "groups")
    found = images(graph, layer, only(layer, values), dimensions)
    deep, filters, one = (
        _by_depth(graph, layer, found, dimensions),
        layer.whole("filters"),
        (1,) * dimensions,
    )
    across = np.moveaxis(layer.array(1, (*one, deep.channels, filters)), (-1, -2), (0, 1))
    point, still = Window(one, one, one), Layer(layer.class_name, {"padding": "valid"})
    out = _convolved(graph, still, deep, across, point, 1, _bias(layer, 2, filters))
    return activated(graph, value_of(layer, out), layer.get("activation"))


def _by_depth(
    graph: Graph, layer: Layer, found: Images, dimensions: int, bias_at: int | None = None
) -> Images:
    window, times = _window(layer, dimensions), layer.whole("depth_multiplier", 1)
    if len(set(window.strides)) > 1:
        raise Unsupported(f"{layer.class_name} with uneven strides, which TensorFlow has none of")
    kernel = layer.array(0, (*window.length, found.channels, times))
    turned = np.moveaxis(kernel, (-2, -1), (0, 1)).reshape(-1, 1, *window.length)
    bias = None if bias_at is None else _bias(layer, bias_at, len(turned))
    return _convolved(graph, layer, found, turned, window, found.channels, bias)


def _window(layer: Layer, dimensions: int) -> Window:
    names = ("kernel_size", "strides", "dilation_rate")
    window = Window(*(layer.wholes(name, dimensions) for name in names))
    if min(min(axis) for axis in window) < 1:
        raise Unsupported(f"{layer.class_name} with a window of nothing")
    if max(window.strides) > 1 and max(window.dilation) > 1:
        raise Unsupported(f"{layer.class_name} with both strides and gaps")
    return window


def _bias(layer: Layer, index: int, filters: int) -> NDArray[np.float32] | None:
    return layer.array(index, (filters,)) if layer.get("use_bias", True) else None


def _convolved(
    graph: Graph, layer: Layer, found: Images, kernel: NDArray[np.float32],
    window: Window, groups: int, bias: NDArray[np.float32] | None,
) -> Images:  # fmt: skip
    added, size = pads(layer, found.size, window)
    constants = [graph.constant(array) for array in (kernel, bias) if array is not None]
    name = graph.node(
        "Conv", found.name, *constants, group=groups, pads=added,
        kernel_shape=window.length, strides=window.strides, dilations=window.dilation,
    )  # fmt: skip
    return Images(name, len(kernel), size)


CONVERTERS: dict[str, Converter] = {
    **{f"Conv{n}D": partial(convolution, dimensions=n) for n in (1, 2, 3)},
    **{f"DepthwiseConv{n}D": partial(depthwise, dimensions=n) for n in (1, 2)},
    **{f"SeparableConv{n}D": partial(separable, dimensions=n) for n in (1, 2)},
}
