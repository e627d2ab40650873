"""Keras archives written by hand, so that a case can be wrong in exactly one place.

Configs are what Keras 3 writes; weights are real HDF5 where a case goes as far as loading.
"""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

VERSION = "3.15.1"
METADATA = {"keras_version": VERSION, "date_saved": "2026-11-22@12:00:00"}
# Enough for everything that does not open the weights.
HDF5_START = b"\x89HDF\r\n\x1a\n" + bytes(1000)


def layer(class_name: str, name: str, module: str = "keras.layers", **config: Any) -> dict:
    return {
        "module": module,
        "class_name": class_name,
        "config": {"name": name, **config},
        "registered_name": None,
    }


def image_input(*shape: int | None) -> dict:
    return layer("InputLayer", "input", batch_shape=[None, *(shape or (28, 28))], dtype="float32")


def dense(name: str, units: int, activation: Any = "linear", **config: Any) -> dict:
    return layer("Dense", name, units=units, activation=activation, use_bias=True, **config)


def flatten() -> dict:
    return layer("Flatten", "flatten")


def sequential(*layers: dict, **config: Any) -> dict:
    return layer("Sequential", "sequential", module="keras", layers=list(layers), **config)


def classifier(*layers: dict) -> dict:
    """An honest classifier with `layers` between its input and its last two layers."""
    return sequential(image_input(), *layers, flatten(), dense("dense", 10, "softmax"))


def tensor(source: str, *shape: int | None) -> dict:
    config = {"shape": [None, *shape], "dtype": "float32", "keras_history": [source, 0, 0]}
    return {"class_name": "__keras_tensor__", "config": config}


def connected(node: dict, *sources: dict) -> dict:
    """`node` as it stands in a functional model, called on `sources`."""
    calls = [{"args": list(sources), "kwargs": {}}] if sources else []
    return {**node, "name": node["config"]["name"], "inbound_nodes": calls}


def functional(*nodes: dict, inputs: list, outputs: list) -> dict:
    model = layer(
        "Functional",
        "functional",
        module="keras.src.models.functional",
        layers=list(nodes),
        input_layers=inputs,
        output_layers=outputs,
    )
    return {**model, "registered_name": "Functional"}


def weights(**arrays: np.ndarray) -> bytes:
    """HDF5 of a model's layers: `dense=[kernel, bias]`, nested as `outer__dense=[…]`."""
    import h5py

    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        file.create_group("vars")
        for name, variables in arrays.items():
            group = file.create_group("layers/" + name.replace("__", "/layers/") + "/vars")
            for number, variable in enumerate(variables):
                group[str(number)] = variable
    return content.getvalue()


def dense_weights(inputs: int, units: int, seed: int = 0) -> list[np.ndarray]:
    kernel = np.random.default_rng(seed).normal(size=(inputs, units)) / inputs**0.5
    return [kernel.astype(np.float32), np.zeros(units, np.float32)]


def archive(
    path: Path,
    config: dict | str,
    content: bytes = HDF5_START,
    *,
    metadata: dict | str = METADATA,
    compression: int = zipfile.ZIP_STORED,
    extra: dict[str, str | bytes] | None = None,
) -> Path:
    """A `.keras` file; `config` and `metadata` may be given as text to be malformed."""
    with zipfile.ZipFile(path, "w", compression) as file:
        file.writestr("metadata.json", _text(metadata))
        file.writestr("config.json", _text(config))
        file.writestr("model.weights.h5", content)
        for name, member in (extra or {}).items():
            file.writestr(name, member)
    return path


def _text(value: dict | str) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def h5_model(path: Path, config: dict, version: str = "2.3.0", **layers: list[np.ndarray]) -> Path:
    """An `.h5` model as Keras 2 wrote it: config in an attribute, weights by layer."""
    import h5py

    with h5py.File(path, "w") as file:
        file.attrs["keras_version"] = version
        file.attrs["model_config"] = json.dumps(config)
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = [name.encode() for name in layers]
        for name, variables in layers.items():
            names = [f"{name}/{number}:0" for number in range(len(variables))]
            layer_group = group.create_group(name)
            layer_group.attrs["weight_names"] = [n.encode() for n in names]
            for weight_name, variable in zip(names, variables, strict=True):
                layer_group[weight_name] = variable
    return path
