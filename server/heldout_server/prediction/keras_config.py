"""A Keras model's config, checked object by object against an allow-list, and rebuilt.

What Keras gets is the rebuilt tree: every object in it was looked at, function references are
replaced by names, and compile settings (optimizers, losses, metrics) are gone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from heldout_server.kit.errors import Rejection, printable
from heldout_server.prediction.allowlist import (
    ACTIVATION_ALIASES,
    ACTIVATIONS,
    CLASSES,
    DTYPE_POLICIES,
    DTYPES,
    MODELS,
    OPERATIONS,
    POLICY_NAMES,
    SEND_OR_REBUILD,
    has_substitute,
    instead_of,
    is_allowed,
)
from heldout_server.prediction.config_graph import check_graph
from heldout_server.prediction.config_json import SAVE_AGAIN

DEEPEST = 40
MOST_LAYERS = 2_000
LARGEST_INTEGER = 2**20
LARGEST_IDENTITY = 2**63
LONGEST_STRING = 4_096
# Python's id() and random seeds are large in honest files.
UNBOUNDED_KEYS = frozenset({"shared_object_id", "seed"})
OBJECT_KEYS = (
    "module",
    "class_name",
    "config",
    "registered_name",
    "build_config",
    "name",
    "inbound_nodes",
    "shared_object_id",
)
MARKERS: dict[str, frozenset[str]] = {
    "__keras_tensor__": frozenset({"shape", "dtype", "keras_history"}),
    "__numpy__": frozenset({"value", "dtype"}),
    "__tensor__": frozenset({"value", "dtype"}),
    "__slice__": frozenset({"start", "stop", "step"}),
    "__ellipsis__": frozenset(),
}
KERAS_PACKAGES = frozenset({"keras", "tf_keras", "tensorflow"})
# A notebook's classes, those registered without a package, and a Keras name taken over.
OWN_MODULES = frozenset({"", "__main__"}) | KERAS_PACKAGES
_LAYER_MODULES = frozenset({"keras", "keras.layers", *OPERATIONS}) | {m for m, _ in MODELS}


@dataclass(frozen=True)
class CheckedConfig:
    """`tree` is the rebuilt config; `class_names` are its layers in order, nested ones included.

    `upgrades` names what had to be spelled anew for Keras to know it.
    """

    tree: dict[str, Any]
    class_names: tuple[str, ...]
    upgrades: tuple[str, ...] = ()


def check_config(tree: dict[str, Any]) -> CheckedConfig:
    """The config with nothing in it but what the allow-list knows.

    `tree` is Keras 3's form: every object has module, class_name, config and registered_name.
    Raises `Rejection` with `config_invalid` or `layer_not_allowed`.
    """
    walk = _Walk()
    checked = walk.rebuilt(tree, key="", depth=1)
    if not isinstance(checked, dict) or not _is_model(checked):
        raise _invalid("The config describes something other than a model.")
    return CheckedConfig(checked, tuple(walk.class_names), tuple(sorted(walk.upgrades)))


class _Walk:
    def __init__(self) -> None:
        self.class_names: list[str] = []
        self.upgrades: set[str] = set()

    def rebuilt(self, node: Any, *, key: str, depth: int) -> Any:
        if depth > DEEPEST:
            raise _invalid(f"The config is nested more than {DEEPEST} levels deep.")
        if _is_activation(key) and not _names_activation(node):
            # A function's code comes as bare bytes, outside every object that could be looked up.
            return self._activation(node)
        if isinstance(node, dict):
            return self._mapping(node, key=key, depth=depth)
        if isinstance(node, list):
            # The brackets keep a list's items from being taken for the setting itself.
            return [self.rebuilt(item, key=f"{key}[]", depth=depth + 1) for item in node]
        return _value(node, key)

    def _activation(self, name: Any) -> str:
        known = _activation_name(name)
        if known != name:
            self.upgrades.add("activation-names")
        return known

    def _mapping(self, node: dict[str, Any], *, key: str, depth: int) -> Any:
        if "class_name" not in node:
            return self._entries(node, depth)
        class_name = node["class_name"]
        if not isinstance(class_name, str):
            raise _invalid("A class name is not text.")
        if class_name in MARKERS:
            return self._marker(class_name, node.get("config"), depth)
        if class_name == "function":
            return self._activation(node.get("config"))
        return self._object(node, depth)

    def _entries(self, node: dict[str, Any], depth: int) -> dict[str, Any]:
        return {
            _text(name): self.rebuilt(value, key=name, depth=depth + 1)
            for name, value in node.items()
        }

    def _marker(self, class_name: str, config: Any, depth: int) -> dict[str, Any]:
        """A tensor, array or slice among a layer's arguments."""
        fields = config if isinstance(config, dict) else {}
        if set(fields) != MARKERS[class_name]:
            raise _invalid(f"A {class_name.strip('_')} in the config is malformed.")
        if "dtype" in fields and not _is_one_of(fields["dtype"], DTYPES):
            raise _invalid("A tensor in the config is of an unknown type.")
        return {"class_name": class_name, "config": self._entries(fields, depth + 1)}

    def _object(self, node: dict[str, Any], depth: int) -> dict[str, Any]:
        module, class_name = node.get("module"), node["class_name"]
        if not isinstance(module, str) or not is_allowed(module, class_name):
            raise _class_refusal(node)
        if node.get("registered_name") not in (None, class_name):
            raise _class_refusal(node)
        config = node.get("config")
        if not isinstance(config, dict):
            raise _invalid(f"{_label(node)} has no settings.")
        self._count(module, class_name)
        kept = {name: node[name] for name in OBJECT_KEYS if name in node}
        rebuilt = {
            name: self.rebuilt(value, key=name, depth=depth + 1) for name, value in kept.items()
        }
        _check_policy(rebuilt)
        if _is_model(rebuilt):
            check_graph(rebuilt["config"])
        return rebuilt

    def _count(self, module: str, class_name: str) -> None:
        if module not in _LAYER_MODULES or class_name not in CLASSES[module]:
            return
        if class_name in DTYPE_POLICIES:
            return
        self.class_names.append(class_name)
        if len(self.class_names) > MOST_LAYERS:
            raise Rejection(
                "model_too_large",
                f"The model has more than {MOST_LAYERS:,} layers.",
                "Submit a smaller model: a few layers are often enough.",
            )


def _is_activation(key: str) -> bool:
    return key == "activation" or key.endswith("_activation")


def _names_activation(node: Any) -> bool:
    """Whether the setting is none, or an object that the walk looks up like any other."""
    if isinstance(node, dict):
        return isinstance(node.get("class_name"), str) and node["class_name"] not in MARKERS
    return node is None


def _is_model(node: dict[str, Any]) -> bool:
    return any((node.get("module"), node.get("class_name")) == model for model in MODELS)


def _value(node: Any, key: str) -> Any:
    if isinstance(node, str):
        return _text(node)
    if isinstance(node, bool) or node is None:
        return node
    if isinstance(node, int):
        largest = LARGEST_IDENTITY if key in UNBOUNDED_KEYS else LARGEST_INTEGER
        if abs(node) > largest:
            raise _invalid(f"The setting {printable(key, 40)!r} is larger than {largest:,}.")
        return node
    if isinstance(node, float) and math.isfinite(node):
        return node
    raise _invalid(f"The setting {printable(key, 40)!r} is not a finite number.")


def _is_one_of(value: Any, known: frozenset[str]) -> bool:
    return isinstance(value, str) and value in known


def _text(text: str) -> str:
    if len(text) > LONGEST_STRING:
        raise _invalid(f"The config holds text of {len(text):,} characters.")
    return text


def _activation_name(name: Any) -> str:
    known = ACTIVATION_ALIASES.get(name, name) if isinstance(name, str) else None
    if known in ACTIVATIONS:
        return str(known)
    shown = printable(name, 60) if isinstance(name, str) else "a function"
    raise Rejection(
        "layer_not_allowed",
        f"The model uses the function {shown!r}, which is not one of Keras' activations.",
        'Use an activation by its name, such as activation="relu", or an Activation layer; then '
        "train and save again.",
    )


def _check_policy(node: dict[str, Any]) -> None:
    is_policy = node["class_name"] in DTYPE_POLICIES
    if is_policy and not _is_one_of(node["config"].get("name"), POLICY_NAMES):
        raise _invalid("The model's dtype policy is unknown.")


def _class_refusal(node: dict[str, Any]) -> Rejection:
    class_name = printable(node["class_name"], 60)
    named = f" ({_label(node)})" if _name(node) else ""
    stranger = None if has_substitute(class_name) else _stranger(node)
    if stranger is not None:
        sentence = f"{class_name!r}{named} {stranger}; its code is on your machine only."
        return Rejection("layer_not_allowed", sentence, SEND_OR_REBUILD)
    sentence = f"The model uses {class_name!r}{named}, which is not accepted here."
    return Rejection("layer_not_allowed", sentence, instead_of(class_name))


def _stranger(node: dict[str, Any]) -> str | None:
    """Whose class it is where it isn't one of Keras'; None for Keras' own."""
    module, registered = node.get("module"), node.get("registered_name")
    root = printable(module, 40).partition(".")[0] if isinstance(module, str) else ""
    if root in KERAS_PACKAGES and registered in (None, node["class_name"]):
        return None
    return "is your own class" if root in OWN_MODULES else f"comes from {root!r}"


def _name(node: dict[str, Any]) -> str:
    config = node.get("config")
    name = node.get("name") or (config.get("name") if isinstance(config, dict) else None)
    return printable(name, 60) if isinstance(name, str) else ""


def _label(node: dict[str, Any]) -> str:
    return f"layer {_name(node)!r}" if _name(node) else printable(node["class_name"], 60)


def _invalid(detail: str) -> Rejection:
    return Rejection("config_invalid", detail, SAVE_AGAIN)
