"""What a model is called that nobody named: its layers, "Dense 2048-512-128 · 2.7 M". Pure.

The config is a stranger's: only numbers of it get into a name, and any tree has a name or none.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

FAMILIES = (
    ("Conv", "filters", "Conv"),
    ("Dense", "units", "Dense"),
    ("LSTM", "units", "LSTM"),
    ("GRU", "units", "GRU"),
    ("RNN", "units", "RNN"),
    ("Attention", "num_heads", "Attention"),
)
ADDED = (("Dropout", "dropout"), ("BatchNormalization", "batch norm"), ("Random", "augmentation"))
MOST_SIZES = 6
MOST_GROUPS = 4
DEEPEST = 8
LARGEST_SIZE = 10**7


def model_name(tree: Any, parameters: int | None = None) -> str | None:
    """The name of the model with this config; None when it says nothing of its layers."""
    layers = list(_layers(tree, DEEPEST))
    sized = [size for size in map(_sized, layers) if size is not None]
    if not sized:
        return None
    # The last one gives the answer: every model here has it.
    shown = sized[:-1] or sized
    groups = [
        _group(name, [size for _, size in each]) for name, each in groupby(shown, key=itemgetter(0))
    ]
    if len(groups) > MOST_GROUPS:
        groups = [f"{len(shown)} layers"]
    added = "".join(f" + {word}" for mark, word in ADDED if _has(layers, mark))
    count = f" · {short_count(parameters)}" if parameters else ""
    return f"{', '.join(groups)}{added}{count}"


def short_count(number: int) -> str:
    """2723722 as "2.7 M"."""
    for scale, unit in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if number >= scale * 0.9995:
            shown = number / scale
            return f"{shown:.1f} {unit}" if shown < 99.95 else f"{shown:.0f} {unit}"
    return str(number)


def _layers(node: Any, deep: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Class name and config of every layer in order; of a wrapper, the layer that it wraps."""
    config = node.get("config") if isinstance(node, dict) else None
    if not isinstance(config, dict) or deep == 0:
        return
    inner = config.get("layers")
    if isinstance(inner, list):
        for each in inner:
            yield from _layers(each, deep - 1)
    elif isinstance(config.get("layer"), dict):
        yield from _layers(config["layer"], deep - 1)
    else:
        yield str(node.get("class_name")), config


def _sized(layer: tuple[str, dict[str, Any]]) -> tuple[str, int] | None:
    kind, config = layer
    for mark, key, name in FAMILIES:
        size = config.get(key)
        if mark in kind and type(size) is int and 0 < size < LARGEST_SIZE:
            return name, size
    return None


def _group(name: str, sizes: list[int]) -> str:
    if len(sizes) > MOST_SIZES:
        return f"{name} ×{len(sizes)}"
    return f"{name} {'-'.join(map(str, sizes))}"


def _has(layers: list[tuple[str, dict[str, Any]]], mark: str) -> bool:
    return any(
        kind.startswith("Random") if mark == "Random" else mark in kind for kind, _ in layers
    )
