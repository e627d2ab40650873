"""Which arrays of an `.h5` file belong to which layer: by their order, as Keras takes them.

Keras goes through the layers that have arrays and through the file's groups that have some, side by
side, whatever either is called (keras/src/legacy/saving/legacy_h5_format.py). Here they get the
paths that the same arrays have in a file of Keras 3, for flat models of layers whose arrays are
known; anything else is left to Keras.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import h5py

from heldout_runner.lane import arrays
from heldout_runner.lane.graph import Unsupported

# Layers that always have arrays, and those that never have. What may have some is neither.
WITH = frozenset({
    "Dense", "Conv1D", "Conv2D", "Conv3D", "DepthwiseConv1D", "DepthwiseConv2D", "SeparableConv1D",
    "SeparableConv2D", "BatchNormalization", "PReLU", "SimpleRNN", "LSTM", "GRU", "Bidirectional",
})  # fmt: skip
WITHOUT = frozenset({
    "InputLayer", "Flatten", "Reshape", "Permute", "RepeatVector", "Activation", "ReLU",
    "LeakyReLU", "ELU", "Softmax", "Dropout", "SpatialDropout1D", "SpatialDropout2D",
    "GaussianDropout", "GaussianNoise", "AlphaDropout", "ActivityRegularization", "Identity",
    "Rescaling", "MaxPooling1D", "MaxPooling2D", "AveragePooling1D", "AveragePooling2D",
    "GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalAveragePooling1D",
    "GlobalAveragePooling2D", "ZeroPadding1D", "ZeroPadding2D", "Cropping1D", "Cropping2D",
    "UpSampling1D", "UpSampling2D", "Add", "Subtract", "Multiply", "Average", "Maximum",
    "Minimum", "Concatenate",
})  # fmt: skip
_MODEL = "model_weights"
_OF_NO_LAYER = "top_level_model_weights"


def paths(file: h5py.File, model: dict[str, Any]) -> dict[str, h5py.Dataset]:
    """The file's arrays by the paths that Keras 3 gives them. Raises Unsupported."""
    layers = model["config"]["layers"]
    unknown = [one["class_name"] for one in layers if one["class_name"] not in WITH | WITHOUT]
    if unknown:
        raise Unsupported(f"an .h5 file with {unknown[0]}")
    if any(one["class_name"] == "Bidirectional" and _is_half_frozen(one) for one in layers):
        raise Unsupported("an .h5 file with a layer of which one half is frozen")
    group = file.get(_MODEL, file)
    known = zip(layers, arrays.groups(layers), strict=True)
    wanted = [(one["class_name"], at) for one, at in known if one["class_name"] in WITH]
    found = list(_groups(group))
    if len(found) != len(wanted):
        raise Unsupported("an .h5 file with arrays of other layers than the model has")
    return dict(
        pair
        for (name, at), own in zip(wanted, found, strict=True)
        for pair in _named(name, at, own)
    )


def _is_half_frozen(layer: dict[str, Any]) -> bool:
    """Whether Keras took one way's arrays for the first: those that are trained come first."""
    halves = [layer["config"].get(name) or {} for name in ("layer", "backward_layer")]
    forward, backward = (half.get("config", {}).get("trainable", True) for half in halves)
    return bool(halves[1]) and forward != backward


def _groups(group: h5py.Group) -> Iterator[list[h5py.Dataset]]:
    """The arrays of each group that has some, in the order that the file says."""
    if _OF_NO_LAYER in group and _texts(group[_OF_NO_LAYER], "weight_names"):
        raise Unsupported("an .h5 file with arrays of no layer")
    for name in _texts(group, "layer_names"):
        own = [group[name][weight] for weight in _texts(group[name], "weight_names")]
        if own:
            yield own


def _named(name: str, at: str, own: list[h5py.Dataset]) -> Iterator[tuple[str, h5py.Dataset]]:
    folders = arrays.INSIDE.get(name, ("vars",))
    each, rest = divmod(len(own), len(folders))
    if rest:
        raise Unsupported(f"{name} with {len(own)} arrays")
    for number, array in enumerate(own):
        yield f"{at}/{folders[number // each]}/{number % each}", array


def _texts(group: h5py.Group, attribute: str) -> list[str]:
    """A list of names, which Keras cuts into several attributes where it is long."""
    if attribute in group.attrs:
        names = list(group.attrs[attribute])
    else:
        parts = (f"{attribute}{number}" for number in range(len(group.attrs)))
        names = [name for part in parts if part in group.attrs for name in group.attrs[part]]
    return [name.decode() if isinstance(name, bytes) else str(name) for name in names]
