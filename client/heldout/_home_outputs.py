"""What models of other frameworks answer, in the shapes in which predictions are sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from heldout._errors import CannotSubmit

if TYPE_CHECKING:
    import numpy as np

    from heldout._data import Data

    Array = np.ndarray[Any, Any]


def probabilities(data: Data, raw: Any, columns: Any, trained_on_frame: bool) -> Array:
    """Of `predict_proba`: (n,) of the positive class, (n, k) of classes or labels.

    `columns` are the estimator's `classes_`, by which its columns are put in the contest's order;
    a class that it never saw has probability 0.
    """
    import numpy as np

    if data.kind == "multilabel":
        return _of_labels(raw, columns)
    values: Array = np.asarray(raw)
    if values.ndim == 1:
        values = np.column_stack([1 - values, values])
    numbers = class_numbers(data, columns, trained_on_frame)
    if numbers is None or len(numbers) != values.shape[1]:
        numbers = list(range(values.shape[1]))
    ordered = np.zeros((len(values), len(data.classes)), values.dtype)
    ordered[:, numbers] = values
    return ordered[:, data.raw["positive"]] if data.kind == "binary" else ordered


def _of_labels(raw: Any, columns: Any) -> Array:
    """scikit-learn has a list with two columns for each label, or one array (n, k)."""
    import numpy as np

    if not isinstance(raw, list):
        return np.asarray(raw)
    found = []
    for number, values in enumerate(raw):
        seen = [int(each) for each in columns[number]] if columns is not None else [0, 1]
        values = np.asarray(values)
        found.append(values[:, seen.index(1)] if 1 in seen else np.zeros(len(values)))
    return np.column_stack(found)


def scores(data: Data, raw: Any, columns: Any, trained_on_frame: bool) -> Array:
    """Of `decision_function`: (n,) for the positive class above 0, or (n, k)."""
    import numpy as np

    values: Array = np.asarray(raw)
    numbers = class_numbers(data, columns, trained_on_frame)
    if data.kind == "binary":
        second = numbers[1] if numbers is not None and len(numbers) == 2 else 1
        return values if second == data.raw["positive"] else -values
    if numbers is None or data.kind == "multilabel":
        return values
    ordered = np.full((len(values), len(data.classes)), values.min() - 1, values.dtype)
    ordered[:, numbers] = values
    return ordered


def labels(data: Data, raw: Any, trained_on_frame: bool) -> Array:
    """Of `predict`: numbers as they are; of classes also their names, as their numbers."""
    import numpy as np

    values: Array = np.asarray(raw)
    if data.kind in ("regression", "multilabel"):
        return values
    values = values.reshape(-1)
    different, places = np.unique(values, return_inverse=True)
    numbers = class_numbers(data, different.tolist(), trained_on_frame)
    if numbers is None:
        return values  # as they are: the server knows what its classes may be called
    return np.asarray(numbers)[places]


def class_numbers(data: Data, columns: Any, trained_on_frame: bool) -> list[int] | None:
    """The contest's numbers of an estimator's classes, given as names or as numbers.

    Numbers that name classes are names for an estimator that learned from a table, where they
    stand, and numbers for one that learned from `y_train`. None where they are neither.
    """
    if columns is None or not data.classes:
        return None
    given = [each.item() if hasattr(each, "item") else each for each in columns]
    by_name = {name: number for number, name in enumerate(data.classes)}
    as_names = [by_name.get(_written(each)) for each in given]
    as_numbers = [_number(each, len(data.classes)) for each in given]
    first, second = (as_names, as_numbers) if trained_on_frame else (as_numbers, as_names)
    for found in (first, second):
        numbers = [each for each in found if each is not None]
        if len(numbers) == len(given):
            return numbers
    return None


def _written(value: Any) -> str:
    """As it stands in a table: 3.0 is a 3 that pandas read beside empty cells."""
    is_whole = isinstance(value, float) and value.is_integer()
    return str(int(value)) if is_whole else str(value).strip()


def _number(value: Any, classes: int) -> int | None:
    if isinstance(value, bool):
        return int(value)
    is_whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return int(value) if is_whole and 0 <= value < classes else None


def of_network(data: Data, raw: Any, one_is_of: int) -> Array:
    """Of a network: (n, k) or (n,), where what isn't between 0 and 1 goes through softmax or
    sigmoid, so that any metric can be computed.

    `one_is_of`: the number of the class that a single output of a binary network is of.
    """
    import numpy as np

    values: Array = np.asarray(raw, np.float64)
    if values.ndim > 2:
        values = values.reshape(len(values), -1)
    if data.kind == "regression":
        return values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values
    if data.kind == "multiclass" or (data.kind == "binary" and values[0].size == 2):
        values = values if _is_distribution(values) else _softmax(values)
        return values[:, data.raw["positive"]] if data.kind == "binary" else values
    values = values if _is_unit(values) else _sigmoid(values)
    if data.kind == "multilabel":
        return values
    return values.reshape(-1) if one_is_of == data.raw["positive"] else 1 - values.reshape(-1)


def _is_unit(values: Array) -> bool:
    return bool(values.size and values.min() >= 0 and values.max() <= 1 + 1e-6)


def _is_distribution(values: Array) -> bool:
    return _is_unit(values) and bool(abs(values.sum(axis=-1) - 1).max() < 1e-3)


def _softmax(values: Array) -> Array:
    import numpy as np

    raised = np.exp(values - values.max(axis=1, keepdims=True))
    shares: Array = raised / raised.sum(axis=1, keepdims=True)
    return shares


def _sigmoid(values: Array) -> Array:
    import numpy as np

    shares: Array = 1 / (1 + np.exp(-np.clip(values, -500, 500)))
    return shares


def check_rows(predicted: Any, rows: int, name: str, shapes: Sequence[Any] = ()) -> None:
    """Raise `CannotSubmit` unless there is one prediction for each row."""
    count = len(predicted) if hasattr(predicted, "__len__") else 0
    if count != rows:
        raise CannotSubmit(
            f"{name} gave {count:,} predictions for {rows:,} inputs.",
            "one is needed for each row of client.data().x_test, in their order; predict "
            "yourself and send that: client.submit(predictions)",
        )
