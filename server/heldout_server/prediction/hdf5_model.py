"""A Keras model in one `.h5` file: its config, and what the file is when it has none."""

from __future__ import annotations

import mmap
from pathlib import Path

from heldout_server.kit.errors import Rejection
from heldout_server.prediction.hdf5_attributes import (
    SIGNATURE,
    UnreadableHdf5,
    text_attributes,
)
from heldout_server.prediction.known_formats import SAVE_WHOLE

LOAD_AND_SAVE = (
    'keras.models.load_model("model.h5", compile=False).save("model.keras") makes a file that is '
    "accepted."
)
_ATTRIBUTES = frozenset({"model_config", "keras_version"})
# Of Keras 2, Keras 3 and Keras 1.
_NAMES_OF_WEIGHTS = (b"layer_names", b"vars", b"nb_layers")
# Keras 1 did not write its version.
OLDEST_VERSION = "1.0"


def is_hdf5(path: Path) -> bool:
    """Whether the file begins like HDF5."""
    with path.open("rb") as file:
        return file.read(len(SIGNATURE)) == SIGNATURE


def hdf5_model_config(path: Path) -> tuple[bytes, str]:
    """The config, as JSON, and the Keras version in an `.h5` file.

    Raises `Rejection` with `weights_only`, `not_a_keras_file` or `format_not_supported`.
    """
    try:
        with path.open("rb") as file:
            attributes = text_attributes(file, _ATTRIBUTES)
    except UnreadableHdf5:
        attributes = {}
    if "model_config" in attributes:
        config = attributes["model_config"].encode("utf-8")
        return config, attributes.get("keras_version", OLDEST_VERSION)
    raise _without_config(path)


def older_format() -> Rejection:
    """An `.h5` model where only `.keras` files are accepted."""
    return Rejection(
        "format_not_supported", "This is a model in the older .h5 format.", LOAD_AND_SAVE
    )


def _without_config(path: Path) -> Rejection:
    # The file's structure is not read further than its root; the rest is searched as bytes.
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        whole_model = content.find(b"model_config") >= 0
        weights = any(content.find(name) >= 0 for name in _NAMES_OF_WEIGHTS)
    if whole_model:
        return older_format()
    if weights:
        return Rejection(
            "weights_only", "The file holds weights without the model they belong to.", SAVE_WHOLE
        )
    return Rejection(
        "not_a_keras_file",
        "This HDF5 file holds arrays only, no Keras model.",
        'If they are predictions: np.save("predictions.npy", f["predictions"][:]), then submit '
        "that.",
    )
