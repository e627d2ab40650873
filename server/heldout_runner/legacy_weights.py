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

from heldout_runner import flat_model
from heldout_runner.weights_file import WEIGHTS_MEMBER, BrokenWeights

METADATA_MEMBER, CONFIG_MEMBER = "metadata.json", "config.json"
KERAS_3, KERAS_2, HDF5 = "keras-3", "keras-2", "hdf5"
# Where tf.keras 2.13 kept what is called `layers` since.
_OLD_LAYERS = "_layer_checkpoint_dependencies"


def load_model(path: str, weights: h5py.File) -> Any:
    """The uncompiled model of a repacked archive whose `weights` were checked.

    Raises BrokenWeights for weights that name the same array twice, ValueError for an unknown
    layout, and whatever Keras raises when weights and config don't fit.
    """
    layout = _layout(path)
    if layout == KERAS_3:
        simple = flat_model.load(path, weights)
        return simple or keras.saving.load_model(path, compile=False, safe_mode=True)
    with zipfile.ZipFile(path) as archive:
        config, content = archive.read(CONFIG_MEMBER), archive.read(WEIGHTS_MEMBER)
    if layout == KERAS_2:
        renamed = _archive(config, with_todays_names(content))
        return saving_lib.load_model(renamed, compile=False, safe_mode=True)
    if layout == HDF5:
        return _from_layers_in_order(json.loads(config), content)
    raise ValueError(f"weights in an unknown layout, {layout!r}")


def _layout(path: str) -> str:
    with zipfile.ZipFile(path) as archive:
        metadata = json.loads(archive.read(METADATA_MEMBER))
    return str(metadata.get("weights_layout", KERAS_3))


def with_todays_names(content: bytes) -> bytes:
    """HDF5 of the same arrays, under the group names that Keras 3 looks for.

    tf.keras 2.13 called `layers` otherwise, and on Windows wrote backslashes into names.
    """
    renamed = io.BytesIO()
    with _opened(content) as old, h5py.File(renamed, "w") as new:

        def copy(name: str, item: Any) -> None:
            if not isinstance(item, h5py.Dataset):
                return
            wanted = _todays_name(name)
            if wanted in new:
                raise BrokenWeights(f"{wanted} is there twice")
            new[wanted] = item[()]

        old.visititems(copy)
    return renamed.getvalue()


def _todays_name(name: str) -> str:
    parts = name.replace("\\", "/").split("/")
    return "/".join("layers" if part == _OLD_LAYERS else part for part in parts)


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
    with _opened(content) as file:
        group = file.get("model_weights", file)
        legacy_h5_format.load_weights_from_hdf5_group(group, model)
    return model


def _opened(content: bytes) -> h5py.File:
    return h5py.File(h5py.h5f.open_file_image(content))
