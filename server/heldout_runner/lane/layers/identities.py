"""Layers that do nothing at prediction."""

from __future__ import annotations

from collections.abc import Sequence

from heldout_runner.lane.graph import Graph, Value
from heldout_runner.lane.layer import Converter, Layer, only

# What each class may say of its training; nothing of it is used at prediction.
SETTINGS = {
    "ActivityRegularization": ("l1", "l2"),
    "AlphaDropout": ("rate", "noise_shape"),
    "Dropout": ("rate", "noise_shape"),
    "GaussianDropout": ("rate",),
    "GaussianNoise": ("stddev",),
    "Identity": (),
    "SpatialDropout1D": ("rate", "noise_shape"),
    "SpatialDropout2D": ("rate", "noise_shape", "data_format"),
    "SpatialDropout3D": ("rate", "noise_shape", "data_format"),
    "RandomContrast": ("factor", "value_range", "data_format"),
    "RandomFlip": ("mode", "data_format"),
    "RandomRotation": (
        "factor", "fill_mode", "fill_value", "interpolation", "value_range", "data_format",
    ),
    "RandomTranslation": (
        "height_factor", "width_factor", "fill_mode", "fill_value", "interpolation", "data_format",
    ),
    "RandomZoom": (
        "height_factor", "width_factor", "fill_mode", "fill_value", "interpolation", "data_format",
    ),
}  # fmt: skip


def identity(graph: Graph, layer: Layer, values: Sequence[Value]) -> Value:
    """What goes in comes out."""
    del graph
    layer.expect(*SETTINGS[layer.class_name])
    return only(layer, values)


CONVERTERS: dict[str, Converter] = dict.fromkeys(SETTINGS, identity)
