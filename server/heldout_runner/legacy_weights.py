"""Load a model whichever way its weights are laid out; older layouts are read in memory.

The server says in the archive's `metadata.json` which layout it found (`weights_layout`). The
config is in Keras 3's form by then; only the weights are still as they were uploaded.
"""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import h5py
import keras
from keras.src.legacy.saving import legacy_h5_format
from keras.src.saving import saving_lib

from heldout_runner import flat_model, keras_2_activations
from heldout_runner.keras_2_names import opened, with_todays_names
from heldout_runner.weights_file import WEIGHTS_MEMBER

METADATA_MEMBER, CONFIG_MEMBER = "metadata.json", "config.json"
KERAS_3, KERAS_2, HDF5 = "keras-3", "keras-2", "hdf5"


def load_model(path: str, weights: h5py.File) -> Any:
    """The uncompiled model of a repacked archive whose `weights` were checked.

    Raises BrokenWeights for weights that name the same array twice, ValueError for an unknown
    layout, and whatever Keras raises when weights and config don't fit.
    """
    metadata = _metadata(path)
    layout = metadata.get("weights_layout", KERAS_3)
    if layout == KERAS_3:
        simple = flat_model.load(path, weights)
        return simple or keras.saving.load_model(path, compile=False, safe_mode=True)
    model = _older_model(path, layout, str(metadata["keras_version"]))
    if metadata.get("activations") == KERAS_2:
        keras_2_activations.restore(model)
    return model


def _older_model(path: str, layout: str, version: str) -> Any:
    with zipfile.ZipFile(path) as archive:
        config, content = archive.read(CONFIG_MEMBER), archive.read(WEIGHTS_MEMBER)
    if layout == KERAS_2:
        renamed = _archive(config, with_todays_names(content, config, version))
        return saving_lib.load_model(renamed, compile=False, safe_mode=True)
    if layout == HDF5:
        return _from_layers_in_order(json.loads(config), content)
    raise ValueError(f"weights in an unknown layout, {layout!r}")


def _metadata(path: str) -> dict[str, Any]:
    with zipfile.ZipFile(path) as archive:
        return dict(json.loads(archive.read(METADATA_MEMBER)))


def _archive(config: bytes, weights: bytes) -> io.BytesIO:
    # In memory: the sandbox has no disk to write to.
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(METADATA_MEMBER, json.dumps({"keras_version": keras.__version__}))
        archive.writestr(CONFIG_MEMBER, config)
        archive.writestr(WEIGHTS_MEMBER, weights)
    content.seek(0)
    return content


def _from_layers_in_order(config: dict[str, Any], content: bytes) -> Any:
    """An `.h5` upload: weights belong to layers by their order, not by their names."""
    model = keras.saving.deserialize_keras_object(config, safe_mode=True)
    with opened(content) as file:
        group = file.get("model_weights", file)
        legacy_h5_format.load_weights_from_hdf5_group(group, model)
    return model
