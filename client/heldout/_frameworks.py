"""Models of other frameworks: which one made them, and what they say of themselves.

Nothing is imported: whoever has such a model has its framework loaded.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from heldout._plain import Scalar, clean_text, plain, scalar

NAMES = {
    "sklearn": "scikit-learn",
    "xgboost": "XGBoost",
    "lightgbm": "LightGBM",
    "catboost": "CatBoost",
    "torch": "PyTorch",
    "flax": "Flax",
}
# Keras models are sent as they are, but to contests that take predictions alone.
KERAS = "keras"
LIKE_SCIKIT_LEARN = "scikit-learn"
MOST_PARAMETERS = 80
LONGEST_NAME = 200


def framework_of(model: Any) -> str | None:
    """The package of a model of another framework, such as "sklearn"; None for anything else.

    By the modules of its classes, the nearest first, and by what it can do: tensors and data sets
    of the same packages are none.
    """
    if isinstance(model, type):
        return None
    roots = (each.__module__.partition(".")[0] for each in type(model).__mro__)
    root = next((each for each in roots if each in NAMES), None)
    can = {"torch": ("forward", "parameters"), "flax": ()}.get(root or "", ("predict",))
    if root is not None:
        return root if all(callable(getattr(model, name, None)) for name in can) else None
    like = ("fit", "predict", "get_params", "set_params")
    return "sklearn" if all(callable(getattr(model, name, None)) for name in like) else None


def framework_name(root: str, model: Any) -> str:
    """What people call it; a library of its own that follows scikit-learn has its own name."""
    own = type(model).__module__.partition(".")[0]
    if root == "sklearn" and own not in ("sklearn", "__main__", "builtins"):
        return f"{LIKE_SCIKIT_LEARN} and {own}"
    return NAMES.get(root, "Keras")


def version_of(root: str) -> str | None:
    """The framework's version, where it says one."""
    version = getattr(sys.modules.get(root), "__version__", None)
    return version if isinstance(version, str) else None


def model_name(model: Any) -> str:
    """The class; of a pipeline its steps, of a search what it found."""
    steps = getattr(model, "steps", None)
    if isinstance(steps, list) and steps:
        named = " → ".join(type(step[1]).__name__ for step in steps if isinstance(step, tuple))
        return clean_text(f"{type(model).__name__}: {named}", LONGEST_NAME)
    found = getattr(model, "best_estimator_", None)
    if found is not None:
        return clean_text(f"{type(model).__name__}: {model_name(found)}", LONGEST_NAME)
    return type(model).__name__


def captured(root: str, model: Any) -> dict[str, Scalar]:
    """The model's hyperparameters, flat: what `get_params` says, or how many parameters it has."""
    if root == KERAS:
        return {}  # the run card of a Keras model has all of it
    cells: dict[str, Scalar] = {
        "framework": framework_name(root, model),
        "model": model_name(model),
    }
    if root == "torch":
        cells["parameters"] = sum(int(each.numel()) for each in model.parameters())
        cells["layers"] = _torch_layers(model)
        return cells
    if root == "flax":
        held = getattr(model, "params", None) or getattr(model, "variables", None)
        count = _numbers_in(held)
        return {**cells, **({"parameters": count} if count else {})}
    features = getattr(model, "n_features_in_", None)
    if isinstance(features, int):
        cells["features"] = features
    found = getattr(model, "best_params_", None)
    if isinstance(found, Mapping):
        return {**cells, **_simple(found)}
    return {**cells, **_simple(_params(model))}


def _params(model: Any) -> Mapping[str, Any]:
    for source in ("get_params", "params", "get_all_params"):
        told = getattr(model, source, None)
        told = told() if callable(told) else told
        if isinstance(told, Mapping):
            return told
    return {}


def _simple(values: Mapping[str, Any]) -> dict[str, Scalar]:
    """Those that are one value, or a short row of them; whole estimators are told by their own."""
    cells: dict[str, Scalar] = {}
    for name, value in values.items():
        if isinstance(value, tuple | list) and len(value) <= 8:
            value = "-".join(str(plain(each)) for each in value) or None
        is_plain = isinstance(value, str | int | float | bool) or hasattr(value, "item")
        if is_plain and len(cells) < MOST_PARAMETERS:
            cells[clean_text(str(name), 100)] = scalar(value)
    return cells


def _torch_layers(model: Any) -> Scalar:
    """The kinds of its layers in order, without containers: `Linear-ReLU-Linear`."""
    kinds = [type(each).__name__ for each in model.modules() if not list(each.children())]
    return clean_text("-".join(kinds[:40]), LONGEST_NAME) or None


def _numbers_in(tree: Any) -> int:
    """How many numbers the arrays of nested dicts have."""
    if isinstance(tree, Mapping):
        return sum(_numbers_in(inner) for inner in tree.values())
    size = getattr(tree, "size", 0)
    return size if isinstance(size, int) else 0


def curves(model: Any) -> dict[str, list[float]]:
    """What it kept of its training, by series: losses of neural networks and of boosting."""
    series: dict[str, list[float]] = {}
    for name, attribute in (("loss", "loss_curve_"), ("val_accuracy", "validation_scores_")):
        kept = getattr(model, attribute, None)
        if isinstance(kept, list) and kept:
            series[name] = [float(value) for value in kept]
    told = getattr(model, "evals_result_", None)
    for part, by_metric in told.items() if isinstance(told, Mapping) else ():
        for metric, values in by_metric.items() if isinstance(by_metric, Mapping) else ():
            series[clean_text(f"{part}_{metric}", 100)] = [float(value) for value in values]
    return series
