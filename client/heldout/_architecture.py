"""What a Keras model's layers say about it, by duck typing.

Everything is read from `layer.get_config()` and attributes; Keras is never imported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from heldout._plain import Scalar, distinct, joined, plain, tidy

MOST_LAYERS = 2_000
WEIGHT_KEYS = ("units", "filters", "num_heads", "depth_multiplier")
ACTIVATION_LAYERS = {
    "Activation": "",
    "ELU": "elu",
    "LeakyReLU": "leaky_relu",
    "PReLU": "prelu",
    "ReLU": "relu",
    "Softmax": "softmax",
}
PREPROCESSING = frozenset({"CenterCrop", "Normalization", "Rescaling", "Resizing"})
AUGMENTATION = frozenset({"AugMix", "CutMix", "MixUp", "RandAugment"})
# Long or without meaning for a reader; the file itself has them all.
LEFT_OUT = frozenset({"name", "dtype", "batch_input_shape", "build_config", "quantization_config"})


@dataclass(frozen=True)
class FoundLayer:
    """One layer; `name` carries the enclosing models: `sequential/dense`."""

    name: str
    layer: Any

    @cached_property
    def type(self) -> str:
        """The class's name."""
        return type(self.layer).__name__

    @cached_property
    def config(self) -> dict[str, Any]:
        """The layer's configuration; that of the inner layer for Bidirectional and the like."""
        inner = getattr(self.layer, "layer", None) or getattr(self.layer, "forward_layer", None)
        source: Any = inner if hasattr(inner, "get_config") else self.layer
        try:
            return dict(source.get_config())
        except Exception:  # a custom layer without get_config is still a layer
            return {}

    @property
    def has_weights_to_choose(self) -> bool:
        """Whether its size is a hyperparameter: dense, convolutional, recurrent, attention."""
        return any(key in self.config for key in WEIGHT_KEYS)

    @property
    def activation(self) -> str | None:
        """The activation's name, of the layer itself or as a layer of its own."""
        if ACTIVATION_LAYERS.get(self.type):
            return ACTIVATION_LAYERS[self.type]
        return name_of(self.config.get("activation"))


def found_layers(model: Any, prefix: str = "") -> Iterator[FoundLayer]:
    """All layers in order, those of nested models in place of the nested model."""
    for layer in list(getattr(model, "layers", ()))[:MOST_LAYERS]:
        name = f"{prefix}{getattr(layer, 'name', type(layer).__name__)}"
        if getattr(layer, "layers", None) and layer is not model:
            yield from found_layers(layer, f"{name}/")
        else:
            yield FoundLayer(name, layer)


def layer_table(model: Any) -> list[dict[str, Any]]:
    """One row a layer: name, type, output shape (None = any), parameters, small config."""
    rows = []
    for found in found_layers(model):
        row = {
            "name": plain(found.name),
            "type": found.type,
            "output_shape": output_shape(found.layer),
            "parameters": parameters(found.layer),
            "config": _small_config(found.config),
        }
        rows.append(row)
    return rows[:MOST_LAYERS]


def output_shape(layer: Any) -> list[int | None] | None:
    """The shape with the batch first, or None where the layer has no single one."""
    try:
        return [None if side is None else int(side) for side in layer.output.shape]
    except Exception:  # subclassed and shared layers raise errors of several kinds
        return None


def parameters(layer: Any) -> int | None:
    """The number of weights; None while the layer is not built."""
    try:
        return int(layer.count_params())
    except Exception:
        return None


def _small_config(config: Mapping[str, Any]) -> dict[str, Any]:
    kept = {}
    for key, value in config.items():
        if key in LEFT_OUT or key.endswith(("_initializer", "_constraint")) or value is None:
            continue
        if key.endswith("_regularizer"):
            kept[key] = plain(penalties(value)) or name_of(value)
        elif isinstance(value, Mapping) and "class_name" in value:
            kept[key] = name_of(value)
        elif isinstance(value, bool | int | float | str | list | tuple):
            kept[key] = plain(tidy(value))
    return kept


def architecture_hyperparameters(model: Any) -> dict[str, Scalar]:
    """The flat columns that follow from the layers alone; absent where there is nothing."""
    layers = list(found_layers(model))
    sized = [found for found in layers if found.has_weights_to_choose]
    hidden, output = sized[:-1], sized[-1:]
    end = layers.index(output[0]) if output else len(layers)
    columns: dict[str, Scalar] = {
        "hidden_layers": len(hidden) if sized else None,
        "hidden_units": joined(_values(hidden, "units")),
        "conv_filters": joined(_values(hidden, "filters")),
        "kernel_size": joined(distinct(map(_sides, _values(hidden, "kernel_size")))),
        "activation": joined(_hidden_activations(layers[:end])),
        "output_activation": _output_activation(layers[end:]),
        "dropout": joined(distinct(_dropout_rates(layers))),
        **_penalty_columns(layers),
        **_layer_families(layers),
        "parameters": parameters(model),
        "dtype_policy": _dtype_policy(model),
    }
    return {name: value for name, value in columns.items() if value is not None}


def _values(layers: list[FoundLayer], key: str) -> list[Any]:
    return [found.config[key] for found in layers if found.config.get(key) is not None]


def _sides(kernel_size: Any) -> str:
    sides = kernel_size if isinstance(kernel_size, list | tuple) else [kernel_size]
    return "x".join(str(side) for side in sides)


def _hidden_activations(layers: list[FoundLayer]) -> list[str]:
    names = [found.activation for found in layers]
    return distinct(name for name in names if name and name != "linear")


def _output_activation(from_output: list[FoundLayer]) -> str | None:
    names = [found.activation for found in from_output if found.activation]
    return names[-1] if names else None


def _dropout_rates(layers: list[FoundLayer]) -> Iterator[Any]:
    for found in layers:
        rate = found.config.get("rate" if found.type.endswith("Dropout") else "dropout")
        if isinstance(rate, int | float) and rate > 0:
            yield tidy(rate)


def _penalty_columns(layers: list[FoundLayer]) -> dict[str, Scalar]:
    """`l1` and `l2`: how strongly large weights are punished."""
    amounts: dict[str, list[Any]] = {"l1": [], "l2": []}
    for found in layers:
        for key, value in found.config.items():
            if key.endswith("_regularizer"):
                for name, amount in penalties(value).items():
                    amounts[name].append(amount)
    return {name: joined(distinct(values)) for name, values in amounts.items()}


def penalties(regularizer: Any) -> dict[str, float]:
    """The strengths `l1` and `l2` of a regularizer's configuration, where above zero."""
    config = regularizer.get("config") if isinstance(regularizer, Mapping) else None
    if not isinstance(config, Mapping):
        return {}
    amounts = {name: config.get(name) for name in ("l1", "l2")}
    return {
        name: tidy(float(amount))
        for name, amount in amounts.items()
        if isinstance(amount, int | float) and amount > 0
    }


def _layer_families(layers: list[FoundLayer]) -> dict[str, Scalar]:
    """Which layers prepare, vary or normalise the images, by their class names."""
    types = distinct(found.type for found in layers)
    augmenting = [t for t in types if t.startswith("Random") or t in AUGMENTATION]
    return {
        "preprocessing": joined(t for t in types if t in PREPROCESSING),
        "augmentation": joined(augmenting),
        "normalization": joined(t for t in types if t.endswith("Normalization") and len(t) > 13),
    }


def _dtype_policy(model: Any) -> str | None:
    policy = getattr(model, "dtype_policy", None)
    name = getattr(policy, "name", None)
    return name if isinstance(name, str) else None


def name_of(value: Any) -> str | None:
    """The name in a Keras configuration: a string, a serialized object or a function."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        inner = value.get("config")
        if value.get("class_name") == "function" and isinstance(inner, str):
            return inner
        return snake_case(str(value.get("class_name") or "")) or None
    return snake_case(getattr(value, "__name__", type(value).__name__))


def snake_case(name: str) -> str:
    """`SparseCategoricalCrossentropy` becomes `sparse_categorical_crossentropy`, as in Keras."""
    words = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", words).lower()
