"""Configs of Keras 2 and of `.h5` files, rewritten as Keras 3 would have written them.

A small table of named rules, each about one object of the tree; what they give is checked like
any other config afterwards. None of them runs code of Keras, old or new.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from heldout_server.kit.errors import Rejection
from heldout_server.prediction.allowlist import (
    CONSTRAINTS,
    FUNCTIONAL,
    INITIALIZERS,
    LAYERS,
    REGULARIZERS,
    SEQUENTIAL,
    is_allowed,
)
from heldout_server.prediction.config_json import SAVE_AGAIN

DEEPEST = 40
OLD_PACKAGES = ("keras.", "tf_keras.", "tensorflow.")
# What these layers took in Keras 2, and no longer take. A value that changes the result is kept
# (and then refused by Keras): only the listed ones are dropped.
DROPPED: dict[str, dict[str, Any]] = {
    "RNN": {"time_major": False},
    "SimpleRNN": {"time_major": False, "implementation": ...},
    "LSTM": {"time_major": False, "implementation": ...},
    "GRU": {"time_major": False, "implementation": ...},
    "SimpleRNNCell": {"implementation": ...},
    "LSTMCell": {"implementation": ...},
    "GRUCell": {"implementation": ...},
    "ConvLSTM1D": {"time_major": False},
    "ConvLSTM2D": {"time_major": False},
    "ConvLSTM3D": {"time_major": False},
    "Conv1DTranspose": {"groups": 1},
    "Conv2DTranspose": {"groups": 1},
    "Conv3DTranspose": {"groups": 1},
    "DepthwiseConv1D": {"groups": 1},
    "DepthwiseConv2D": {"groups": 1, "filters": ..., "kernel_initializer": ...},
    "SeparableConv1D": {"groups": 1, "kernel_initializer": ...},
    "SeparableConv2D": {"groups": 1, "kernel_initializer": ...},
    "Embedding": {"input_length": ...},
    "InputLayer": {"ragged": False, "input_dtype": ...},
    "BatchNormalization": {
        "renorm": False,
        "fused": ...,
        "virtual_batch_size": None,
        "renorm_clipping": ...,
        "renorm_momentum": ...,
        "adjustment": None,
    },
    "Discretization": {"trainable": ...},
    "SpatialDropout1D": {"trainable": ..., "noise_shape": None},
    "SpatialDropout2D": {"trainable": ..., "noise_shape": None},
    "SpatialDropout3D": {"trainable": ..., "noise_shape": None},
    "MultiHeadAttention": {
        "softmax_robust_masking": False,
        "query_shape": ...,
        "key_shape": ...,
        "value_shape": ...,
    },
}
_WITHOUT_KERNEL = ("DepthwiseConv1D", "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D")
_FUNCTIONAL = ("Functional", "Model")
RENAMED = {"LeakyReLU": {"alpha": "negative_slope"}}
HARD_SIGMOID = "hard-sigmoid"
AS_KERAS_2 = (
    "The model's hard_sigmoid was computed as Keras 2 does, max(0, min(1, 0.2 x + 0.5)): Keras 3 "
    "computes another function under this name."
)
Node = dict[str, Any]
Rule = Callable[[Node, str], bool]


@dataclass(frozen=True)
class UpgradedConfig:
    """`tree` in Keras 3's form; `applied` names the rules that changed something, sorted."""

    tree: Node
    applied: tuple[str, ...]


def upgrade(tree: Node) -> UpgradedConfig:
    """A config of Keras 2, or of an `.h5` file, in Keras 3's form. `tree` is left as it is.

    Raises `Rejection` (`config_invalid`) when it is nested too deep.
    """
    applied: set[str] = set()
    upgraded = _upgraded(tree, "", 1, applied)
    return UpgradedConfig(upgraded, tuple(sorted(applied)))


def _upgraded(node: Any, key: str, depth: int, applied: set[str]) -> Any:
    if depth > DEEPEST:
        raise Rejection("config_invalid", "The config is nested too deep.", SAVE_AGAIN)
    if isinstance(node, list):
        return [_upgraded(part, key, depth + 1, applied) for part in node]
    if not isinstance(node, dict):
        return node
    node = dict(node)
    if isinstance(node.get("class_name"), str):
        node["config"] = _copied(node.get("config"))
        applied.update(name for name, rule in RULES.items() if rule(node, key))
    return {name: _upgraded(part, name, depth + 1, applied) for name, part in node.items()}


def _copied(config: Any) -> Any:
    return dict(config) if isinstance(config, dict) else config


def uses_hard_sigmoid(tree: Node) -> bool:
    """Whether a checked model has Keras 2's hard_sigmoid, which Keras 3 computes otherwise."""
    return _mentions(tree, "hard_sigmoid")


def _mentions(node: Any, text: str) -> bool:
    if isinstance(node, dict):
        return any(_mentions(part, text) for part in node.values())
    return any(_mentions(part, text) for part in node) if isinstance(node, list) else node == text


def list_of_layers(node: Node, key: str) -> bool:
    """Keras 2.2 and older: a Sequential model's config is the bare list of its layers."""
    if node["class_name"] != "Sequential" or not isinstance(node["config"], list):
        return False
    node["config"] = {"name": "sequential", "layers": node["config"]}
    return True


def module_names(node: Node, key: str) -> bool:
    """Classes get the module that Keras 3 names them by, if they are on the allow-list."""
    module, name = node.get("module"), node["class_name"]
    known = isinstance(module, str) and is_allowed(module, name)
    old = module is None or (isinstance(module, str) and module.startswith(OLD_PACKAGES))
    home = _home(name, key)
    if known or not old or home is None:
        return False
    if node.get("registered_name") in (None, name, f"Keras>{name}"):
        node["module"], node["class_name"] = home
        node["registered_name"] = None
    return True


def _home(class_name: str, key: str) -> tuple[str, str] | None:
    if class_name in _FUNCTIONAL:
        return FUNCTIONAL
    if class_name == "Sequential":
        return SEQUENTIAL
    for ending, module, names in (
        ("initializer", "keras.initializers", INITIALIZERS),
        ("regularizer", "keras.regularizers", REGULARIZERS),
        ("constraint", "keras.constraints", CONSTRAINTS),
        ("", "keras.layers", LAYERS),
    ):
        if key.endswith(ending):
            return (module, class_name) if class_name in names else None
    return None


def input_layers(node: Node, key: str) -> bool:
    """Keras 2 wrote the input's shape into the first layer; Keras 3 wants a layer for it."""
    config = node["config"]
    if not isinstance(config, dict):
        return False
    if node["class_name"] == "InputLayer" and "batch_input_shape" in config:
        config["batch_shape"] = config.pop("batch_input_shape")
        return True
    if node["class_name"] == "Sequential":
        return _add_input_layer(config)
    return config.pop("batch_input_shape", None) is not None


def _add_input_layer(config: Node) -> bool:
    layers = config.get("layers")
    first = layers[0] if isinstance(layers, list) and layers else None
    settings = first.get("config") if isinstance(first, dict) else None
    if not isinstance(layers, list) or not isinstance(settings, dict):
        return False
    shape = settings.get("batch_input_shape")
    if shape is None or settings.get("name") is None or _is_input(layers[0]):
        return False
    dtype = settings.get("dtype") if layers[0].get("class_name") == "Embedding" else None
    added = {
        "module": "keras.layers",
        "class_name": "InputLayer",
        "config": {
            "batch_shape": shape,
            "dtype": dtype if isinstance(dtype, str) else "float32",
            "name": f"{settings['name']}_input",
        },
        "registered_name": None,
    }
    config["layers"] = [added, *layers]
    return True


def _is_input(layer: Any) -> bool:
    return isinstance(layer, dict) and layer.get("class_name") == "InputLayer"


def dropped_settings(node: Node, key: str) -> bool:
    """Settings that Keras 3 no longer has, where they made no difference."""
    config = node["config"]
    if not isinstance(config, dict):
        return False
    unwanted = dict(DROPPED.get(node["class_name"], {}))
    if node["class_name"] in _WITHOUT_KERNEL:
        unwanted |= {"kernel_regularizer": None, "kernel_constraint": None}
    if node["class_name"].startswith("Random"):
        unwanted["rng_type"] = ...
    if key.endswith("initializer"):
        unwanted["dtype"] = ...
    if node["class_name"] == "MultiHeadAttention":
        node.pop("build_config", None)  # of one shape; Keras 3 wants those of query and value
    gone = [k for k, v in unwanted.items() if k in config and (v is ... or config[k] == v)]
    for setting in gone:
        del config[setting]
    return bool(gone)


def renamed_settings(node: Node, key: str) -> bool:
    """Settings under another name, and values under another name."""
    config = node["config"]
    if not isinstance(config, dict):
        return False
    names = RENAMED.get(node["class_name"], {})
    renamed = {old: new for old, new in names.items() if old in config}
    for old, new in renamed.items():
        config[new] = config.pop(old)
    if node["class_name"] == "VarianceScaling" and config.get("distribution") == "normal":
        config["distribution"] = "truncated_normal"
        return True
    axis = config.get("axis")
    if node["class_name"] == "BatchNormalization" and isinstance(axis, list) and len(axis) == 1:
        config["axis"] = axis[0]
        return True
    return bool(renamed)


def connections(node: Node, key: str) -> bool:
    """Calls of layers in Keras 2's short form, [name, call, tensor, keywords]."""
    config = node["config"]
    layers = config.get("layers") if isinstance(config, dict) else None
    if node["class_name"] not in _FUNCTIONAL or not isinstance(layers, list):
        return False
    named = [x for x in layers if isinstance(x, dict) and isinstance(x.get("name"), str)]
    # A model that serves as a layer counted a call of its own first. Keras 3 still does so, but
    # only for functional models and only where inputs and outputs are named.
    offsets = {x["name"]: 1 for x in named if x.get("class_name") in ("Sequential", *_FUNCTIONAL)}
    ends_offsets = {x["name"]: 1 for x in named if x.get("class_name") == "Sequential"}
    config["layers"] = [_reconnected(x, offsets) if x in named else x for x in layers]
    for ends in ("input_layers", "output_layers"):
        config[ends] = _single(_shifted(config.get(ends), ends_offsets))
    return bool(offsets) or config["layers"] != layers


def _reconnected(layer: Node, offsets: dict[str, int]) -> Node:
    calls = layer.get("inbound_nodes")
    if not isinstance(calls, list):
        return layer
    return {**layer, "inbound_nodes": [_call(call, offsets) for call in calls]}


def _call(call: Any, offsets: dict[str, int]) -> Any:
    if not isinstance(call, list) or not all(_is_connection(part) for part in call) or not call:
        return call
    tensors = [_tensor(part, offsets) for part in call]
    keywords: Node = next((part[3] for part in call if len(part) == 4), {})
    given = {k: _tensor(v, offsets) if _is_connection(v) else v for k, v in keywords.items()}
    return {"args": tensors if len(tensors) == 1 else [tensors], "kwargs": given}


def _is_connection(part: Any) -> bool:
    return (
        isinstance(part, list)
        and len(part) in (3, 4)
        and isinstance(part[0], str)
        and type(part[1]) is int
        and type(part[2]) is int
        and (len(part) == 3 or isinstance(part[3], dict))
    )


def _tensor(part: list[Any], offsets: dict[str, int]) -> Node:
    history = [part[0], max(0, part[1] - offsets.get(part[0], 0)), part[2]]
    # Keras takes the tensor from the layer's call; shape and type only have to be there.
    config = {"shape": [None], "dtype": "float32", "keras_history": history}
    return {"class_name": "__keras_tensor__", "config": config}


def _shifted(ends: Any, offsets: dict[str, int]) -> Any:
    if _is_connection(ends):
        return [ends[0], max(0, ends[1] - offsets.get(ends[0], 0)), ends[2]]
    if isinstance(ends, list):
        return [_shifted(part, offsets) for part in ends]
    return {k: _shifted(v, offsets) for k, v in ends.items()} if isinstance(ends, dict) else ends


def _single(ends: Any) -> Any:
    """One input or output: a list of one in Keras 2, where the model gave the tensor alone."""
    return ends[0] if isinstance(ends, list) and len(ends) == 1 else ends


def dtype_policies(node: Node, key: str) -> bool:
    """Mixed precision of TensorFlow 2.4 to 2.15."""
    if key != "dtype" or node["class_name"] not in ("Policy", "PolicyV1"):
        return False
    config = node["config"]
    name = config.get("name") if isinstance(config, dict) else None
    node.clear()
    node |= {
        "module": "keras",
        "class_name": "DTypePolicy",
        "config": {"name": name},
        "registered_name": None,
    }
    return True


# In this order: a list of layers is first made a config that the others can read.
RULES: dict[str, Rule] = {
    "list-of-layers": list_of_layers,
    "dtype-policies": dtype_policies,
    "input-layers": input_layers,
    "dropped-settings": dropped_settings,
    "renamed-settings": renamed_settings,
    "connections": connections,
    "module-names": module_names,
}
