"""The names under which tf.keras 2.13 to 2.15 kept arrays, changed to those of Keras 3."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Container, Iterator
from typing import Any

import h5py

from heldout_runner.lane.arrays import snake_case
from heldout_runner.weights_file import BrokenWeights

# Where tf.keras 2.13 and 2.14 kept what is called `layers` since.
_OLD_LAYERS = "_layer_checkpoint_dependencies"
# Since then a layer that is listed a second time counts no more for the numbers in names.
_COUNTED_ONCE_SINCE = (2, 14)


def with_todays_names(content: bytes, config: bytes, version: str) -> bytes:
    """HDF5 of the same arrays, under the group names that Keras 3 looks for.

    Raises BrokenWeights when two arrays get the same name.
    """
    changed = io.BytesIO()
    with opened(content) as old, h5py.File(changed, "w") as new:
        for name, array in renamed(old, json.loads(config), version).items():
            new[name] = array[()]
    return changed.getvalue()


def renamed(file: h5py.File, model: dict[str, Any], version: str) -> dict[str, h5py.Dataset]:
    """The file's arrays by the names that Keras 3 looks for.

    tf.keras 2.13 and 2.14 called `layers` otherwise, 2.13 counted layers with weights twice, and
    all of Keras 2 wrote backslashes into names on Windows. Raises BrokenWeights when two arrays
    get the same name.
    """
    listings = 1 if _is_since(version, _COUNTED_ONCE_SINCE) else 2
    found: dict[str, h5py.Dataset] = {}
    for wanted, name in _todays_names(_arrays(file), model["config"], "", listings):
        if wanted in found:
            raise BrokenWeights(f"{wanted} is there twice")
        found[wanted] = file[name]
    return found


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
        kind = snake_case(layer["class_name"])
        name = _numbered(kind, then[kind])
        found[name] = (_numbered(kind, today[kind]), layer["config"])
        then[kind] += listings if name in present else 1
        today[kind] += 1
    return found


def _numbered(kind: str, count: int) -> str:
    return f"{kind}_{count}" if count else kind


def opened(content: bytes) -> h5py.File:
    """HDF5 in memory."""
    return h5py.File(h5py.h5f.open_file_image(content))
