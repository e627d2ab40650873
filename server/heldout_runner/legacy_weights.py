"""Load a model whichever way its weights are laid out; older layouts are read in memory.

The server says in the archive's `metadata.json` which layout it found (`weights_layout`). The
config is in Keras 3's form by then; only the weights are still as they were uploaded.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections import Counter
from collections.abc import Container, Iterator
from typing import Any

import h5py
import keras
from keras.src.legacy.saving import legacy_h5_format
from keras.src.saving import saving_lib
from keras.src.utils.naming import to_snake_case

from heldout_runner import flat_model, keras_2_activations
from heldout_runner.weights_file import WEIGHTS_MEMBER, BrokenWeights

METADATA_MEMBER, CONFIG_MEMBER = "metadata.json", "config.json"
KERAS_3, KERAS_2, HDF5 = "keras-3", "keras-2", "hdf5"
# Where tf.keras 2.13 and 2.14 kept what is called `layers` since.
_OLD_LAYERS = "_layer_checkpoint_dependencies"
# Since then a layer that is listed a second time counts no more for the numbers in names.
_COUNTED_ONCE_SINCE = (2, 14)


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


def with_todays_names(content: bytes, config: bytes, version: str) -> bytes:
    """HDF5 of the same arrays, under the group names that Keras 3 looks for.

    tf.keras 2.13 and 2.14 called `layers` otherwise, 2.13 counted layers with weights twice, and
    all of Keras 2 wrote backslashes into names on Windows. Raises BrokenWeights when two arrays
    get the same name.
    """
    listings = 1 if _is_since(version, _COUNTED_ONCE_SINCE) else 2
    model = json.loads(config)["config"]
    renamed = io.BytesIO()
    with _opened(content) as old, h5py.File(renamed, "w") as new:
        for wanted, name in _todays_names(_arrays(old), model, "", listings):
            if wanted in new:
                raise BrokenWeights(f"{wanted} is there twice")
            new[wanted] = old[name][()]
    return renamed.getvalue()


def _arrays(file: h5py.File) -> dict[str, Any]:
    """The file's arrays as a tree of mappings by name, each leaf an array's full name."""
    tree: dict[str, Any] = {}

    def add(name: str, item: Any) -> None:
        if not isinstance(item, h5py.Dataset):
            return
        *groups, last = name.replace("\\", "/").split("/")
        node = tree
        for group in groups:
            node = node.setdefault(group, {})
        if last in node:
            raise BrokenWeights(f"{last} is there twice")
        node[last] = name

    file.visititems(add)
    return tree


def _is_since(version: str, first: tuple[int, int]) -> bool:
    major, minor = version.split(".")[:2]
    return minor.isdecimal() and (int(major), int(minor)) >= first


def _todays_names(
    tree: dict[str, Any], model: dict[str, Any], prefix: str, listings: int
) -> Iterator[tuple[str, str]]:
    """Pairs of today's name and the name in the file; `model` is the config of `tree`'s model,
    `listings` how often the file's Keras counted a layer that has weights.
    """
    for name, part in tree.items():
        if isinstance(part, str):
            yield f"{prefix}{name}", part
        elif name == _OLD_LAYERS:
            numbers = _numbered_today(model.get("layers", []), part, listings)
            for layer, weights in part.items():
                today, config = numbers.get(layer, (layer, {}))
                yield from _todays_names({today: weights}, config, f"{prefix}layers/", listings)
        else:
            yield from _todays_names(part, model, f"{prefix}{name}/", listings)


def _numbered_today(
    layers: list[dict[str, Any]], present: Container[str], listings: int
) -> dict[str, tuple[str, dict[str, Any]]]:
    """By a layer's name in the file: its name today and its config.

    Every layer was listed by its place, and once more before that if it has weights. In 2.13 both
    count for the numbers in dense, dense_2, dense_4. `present` has the names with weights.
    """
    then, today = Counter[str](), Counter[str]()
    found = {}
    for layer in layers:
        kind = to_snake_case(layer["class_name"])
        name = _numbered(kind, then[kind])
        found[name] = (_numbered(kind, today[kind]), layer["config"])
        then[kind] += listings if name in present else 1
        today[kind] += 1
    return found


def _numbered(kind: str, count: int) -> str:
    return f"{kind}_{count}" if count else kind


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
