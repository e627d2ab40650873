"""Load the commonest models without Keras' walk over everything that a layer is made of.

A flat stack or graph of plain layers keeps its arrays under `layers/<layer>/vars/<number>`, where
Keras names a layer after its class, counted up. To find them it asks every layer for every
attribute, which takes as long as building the model; here each layer is asked once. Whatever isn't
as simple as that is left to Keras.
"""

from __future__ import annotations

import json
import zipfile
from collections import Counter
from typing import Any

import h5py
import numpy as np
from keras.src.saving import saving_lib
from keras.src.utils.naming import to_snake_case
from numpy.typing import NDArray

from heldout_runner.forward import PLAIN_LAYERS

CONFIG_MEMBER = "config.json"
STACKS = frozenset({"Sequential", "Functional"})
Arrays = dict[str, NDArray[np.generic]]


def load(path: str, weights: h5py.File) -> Any | None:
    """The uncompiled model of a repacked Keras 3 archive, or None where Keras must load it.

    Raises what Keras raises for a config that can't be built, or weights that don't fit a layer.
    """
    with zipfile.ZipFile(path) as archive:
        config = archive.read(CONFIG_MEMBER)
    if not _is_flat(json.loads(config)):
        return None
    model = saving_lib._model_from_config(config, None, False, True)
    arrays = _arrays(model, weights)
    if arrays is None:
        return None
    for layer, own in arrays:
        layer.load_own_variables(own)
    return model


def _is_flat(config: dict[str, Any]) -> bool:
    layers = config.get("config", {}).get("layers", [])
    return config.get("class_name") in STACKS and all(
        layer.get("class_name") in PLAIN_LAYERS - STACKS for layer in layers
    )


def _arrays(model: Any, weights: h5py.File) -> list[tuple[Any, Arrays]] | None:
    """Each layer that keeps arrays, and those in the file; None where it isn't that simple."""
    found: list[tuple[Any, Arrays]] = []
    seen: Counter[str] = Counter()
    for layer in model.layers:
        name = to_snake_case(type(layer).__name__)
        number, seen[name] = seen[name], seen[name] + 1
        if layer._layers:
            return None
        if layer.variables:
            group = weights.get(f"layers/{name}_{number}" if number else f"layers/{name}")
            own = _own_arrays(group)
            if own is None:
                return None
            found.append((layer, own))
    return found


def _own_arrays(group: h5py.Group | None) -> Arrays | None:
    if group is None or "vars" not in group:
        return None
    arrays = group["vars"]
    # Keras notes there how it has stored numbers that HDF5 doesn't know, such as bfloat16.
    if any("dtype" in array.attrs for array in arrays.values()):
        return None
    return {key: array[()] for key, array in arrays.items()}
