"""What a running `fit` was given: arrays, datasets, callbacks. By duck typing, read only.

A Keras callback is told neither the batch size nor the data. Both are in the frame of the `fit`
that calls it, which is looked at and left as it is; whatever can't be found is simply absent.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from types import FrameType
from typing import Any

from heldout._plain import Scalar, joined, plain, tidy

KERAS_BATCH_SIZE = 32
DEEPEST_FRAME = 30
DEEPEST_PIPELINE = 50
LOOKED_AT = 256
KERAS_OWN = frozenset({"History", "ProgbarLogger", "Tracker", "KerasTracker", "BaseLogger"})
CALLBACK_SETTINGS = {
    "EarlyStopping": ("monitor", "patience", "min_delta", "restore_best_weights"),
    "ReduceLROnPlateau": ("monitor", "patience", "factor", "min_lr"),
}
CALLBACK_PREFIX = {"EarlyStopping": "early_stopping", "ReduceLROnPlateau": "reduce_lr"}


def fit_arguments() -> dict[str, Any]:
    """The local variables of the nearest `fit` that is running above; empty when there is none."""
    frame: FrameType | None = sys._getframe(1)
    for _ in range(DEEPEST_FRAME):
        if frame is None:
            break
        if frame.f_code.co_name == "fit" and "x" in frame.f_locals:
            return dict(frame.f_locals)
        frame = frame.f_back
    return {}


def described(arguments: Mapping[str, Any]) -> dict[str, Scalar]:
    """Flat columns of one call of `fit`."""
    columns: dict[str, Scalar] = dict(_data(arguments.get("x"), arguments.get("batch_size")))
    columns |= _validation(arguments)
    columns |= _callback_columns(listed_callbacks(arguments.get("callbacks")))
    if arguments.get("shuffle") is False and "batch_size" in columns:
        columns["shuffle"] = False
    for name in ("class_weight", "sample_weight"):
        if arguments.get(name) is not None:
            columns[name] = True
    if arguments.get("initial_epoch"):
        columns["initial_epoch"] = plain(arguments["initial_epoch"])
    return {name: value for name, value in columns.items() if value is not None}


def _data(x: Any, batch_size: Any) -> dict[str, Scalar]:
    first = _first_array(x)
    if first is not None:
        return {
            "batch_size": plain(batch_size) or KERAS_BATCH_SIZE,
            "examples": len(first),
            "input_range": _range(first),
        }
    for read in (_pipeline, _loader):
        found = read(x)
        if found:
            return found
    return {"batch_size": plain(batch_size)}


def _first_array(x: Any) -> Any:
    """The array, or the first of several inputs; None for generators and datasets."""
    if isinstance(x, Mapping):
        x = next(iter(x.values()), None)
    if isinstance(x, list | tuple) and x and hasattr(x[0], "shape"):
        x = x[0]
    is_array = hasattr(x, "shape") and hasattr(x, "dtype") and hasattr(x, "__getitem__")
    return x if is_array and len(x.shape) > 0 else None


def _range(array: Any) -> str | None:
    try:
        part = array[:LOOKED_AT]
        low, high = tidy(float(part.min())), tidy(float(part.max()))
    except Exception:  # tensors without min, text, empty arrays
        return None
    return f"{low:.3g} to {high:.3g}"


def _pipeline(x: Any) -> dict[str, Scalar]:
    """`batch_size` and `examples` of a tf.data pipeline, from its steps."""
    for step in _steps(x):
        size = _number(getattr(step, "_batch_size", None))
        if size:
            below = getattr(step, "_input_dataset", None)
            return {"batch_size": size, "examples": _cardinality(below)}
    return {}


def _steps(x: Any) -> Iterator[Any]:
    for _ in range(DEEPEST_PIPELINE):
        if not hasattr(x, "element_spec"):
            return
        yield x
        x = getattr(x, "_input_dataset", None)


def _cardinality(dataset: Any) -> int | None:
    count = _number(dataset.cardinality()) if hasattr(dataset, "cardinality") else None
    return count if count is not None and count >= 0 else None


def _loader(x: Any) -> dict[str, Scalar]:
    """A PyDataset, a Sequence or a torch DataLoader: they know their batch size."""
    size = _number(getattr(x, "batch_size", None))
    if not size:
        return {}
    try:
        inner = getattr(x, "dataset", None)
        examples = len(inner) if inner is not None else None
    except TypeError:
        examples = None
    return {"batch_size": size, "examples": examples}


def _number(value: Any) -> int | None:
    number = plain(value)
    return int(number) if isinstance(number, int | float) and not isinstance(number, bool) else None


def _validation(arguments: Mapping[str, Any]) -> dict[str, Scalar]:
    columns: dict[str, Scalar] = {}
    if arguments.get("validation_split"):
        columns["validation_split"] = plain(tidy(arguments["validation_split"]))
    data = arguments.get("validation_data")
    if data is None:
        return columns
    source = data[0] if isinstance(data, list | tuple) and data else data
    array = _first_array(source)
    count = len(array) if array is not None else _pipeline(source).get("examples")
    return {**columns, "validation_examples": count}


def listed_callbacks(given: Any) -> list[Any]:
    """The participant's own callbacks in what `fit` holds: one, a list, or Keras's CallbackList."""
    inner = getattr(given, "callbacks", given)
    every = inner if isinstance(inner, list | tuple) else [inner] if inner is not None else []
    return [each for each in every if type(each).__name__ not in KERAS_OWN]


def _callback_columns(callbacks: list[Any]) -> dict[str, Scalar]:
    columns: dict[str, Scalar] = {"callbacks": joined(type(each).__name__ for each in callbacks)}
    for each in callbacks:
        name = type(each).__name__
        for setting in CALLBACK_SETTINGS.get(name, ()):
            value = plain(tidy(getattr(each, setting, None)))
            if value not in (None, 0, False):
                columns[_column(name, setting)] = abs(value) if setting == "min_delta" else value
    return columns


def _column(callback: str, setting: str) -> str:
    # It is a hyperparameter of the whole run, and people look for it under this name.
    is_known = setting == "restore_best_weights"
    return setting if is_known else f"{CALLBACK_PREFIX[callback]}_{setting}"


def outcome(callbacks: list[Any]) -> dict[str, Scalar]:
    """What early stopping found once `fit` ended: `early_stopped_at` and `best_epoch`, from 1."""
    columns: dict[str, Scalar] = {}
    for each in callbacks:
        if type(each).__name__ != "EarlyStopping":
            continue
        stopped = _number(getattr(each, "stopped_epoch", None))
        best = _number(getattr(each, "best_epoch", None))
        if stopped:
            columns["early_stopped_at"] = stopped + 1
            columns["best_epoch"] = best + 1 if best is not None else None
    return columns
