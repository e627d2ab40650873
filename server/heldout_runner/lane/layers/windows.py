"""What convolutions and pooling share: data formats, and how far a window reaches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from heldout_runner.lane.graph import Graph, Shape, Unsupported, Value
from heldout_runner.lane.layer import Layer


class Images(NamedTuple):
    """A value as ONNX wants it: (n, channels, *size)."""

    name: str
    channels: int
    size: Shape


class Window(NamedTuple):
    """How a window moves over each axis, in numbers of positions."""

    length: Shape
    strides: Shape
    dilation: Shape

    @property
    def reach(self) -> Shape:
        """How far it reaches with its gaps."""
        return tuple((k - 1) * d + 1 for k, d in zip(self.length, self.dilation, strict=True))


def is_last(layer: Layer) -> bool:
    """Whether the layer's own data format is Keras' usual one."""
    found = layer.get("data_format") or "channels_last"
    if found not in ("channels_last", "channels_first"):
        raise Unsupported(f"{layer.class_name} with the data format {found!r}")
    return bool(found == "channels_last")


def images(graph: Graph, layer: Layer, value: Value, dimensions: int) -> Images:
    """The value with its channels first, whatever the layer's data format is."""
    if len(value.shape) != dimensions + 1:
        raise Unsupported(f"{layer.class_name} of {len(value.shape)} axes")
    if is_last(layer):
        return Images(graph.first(value).name, value.shape[-1], value.shape[:-1])
    return Images(graph.last(value).name, value.shape[0], value.shape[1:])


def value_of(layer: Layer, found: Images) -> Value:
    """Back to Keras' shape; the order in the graph stays."""
    if is_last(layer):
        return Value(found.name, (*found.size, found.channels), channels_first=True)
    return Value(found.name, (found.channels, *found.size))


def pads(layer: Layer, size: Shape, window: Window) -> tuple[Shape, Shape]:
    """What is added before and after each axis, and the size that comes out.

    "same" as TensorFlow pads: as much as the last window lacks, the odd one at the end
    (https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2).
    """
    kind = layer.get("padding", "valid")
    if kind == "causal" and layer.class_name != "Conv1D":
        raise Unsupported(f"{layer.class_name} with causal padding, which Keras has for Conv1D")
    before, after, out = [], [], []
    for length, reach, stride in zip(size, window.reach, window.strides, strict=True):
        if kind == "same":
            count = -(-length // stride)
            missing = max((count - 1) * stride + reach - length, 0)
            before.append(missing // 2)
            after.append(missing - missing // 2)
        elif kind in ("valid", "causal"):
            before.append(reach - 1 if kind == "causal" else 0)
            after.append(0)
            count = (length + before[-1] - reach) // stride + 1
        else:
            raise Unsupported(f"{layer.class_name} with the padding {kind!r}")
        out.append(count)
    if min(out) < 1:
        raise Unsupported(f"{layer.class_name} with a window larger than its input")
    return (*before, *after), tuple(out)


def axes(size: Sequence[int]) -> tuple[int, ...]:
    """The axes of the size in the graph's order."""
    return tuple(range(2, len(size) + 2))
