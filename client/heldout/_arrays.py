"""Arrays of predictions, from anything that NumPy understands, as `.npy` bytes."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from heldout._errors import CannotSubmit

if TYPE_CHECKING:
    import numpy as np

ACCEPTED = (
    "submit one whole-number label for each test image, shape (n,), or one row of class "
    "probabilities for each, shape (n, classes)"
)


def looks_like_array(subject: Any) -> bool:
    """Lists, tuples, NumPy, pandas, TensorFlow, JAX and PyTorch arrays."""
    if isinstance(subject, list | tuple | range):
        return True
    return hasattr(subject, "__array__") or hasattr(subject, "__array_interface__")


def table_bytes(subject: Any) -> bytes | None:
    """`subject` as CSV where a plain array would lose what it says; None where it wouldn't.

    That is a table with named columns, one of which counts the rows (id and label), and a list
    where there is no NumPy. Raises `CannotSubmit`.
    """
    if hasattr(subject, "to_csv") and _has_ids(getattr(subject, "columns", ())):
        return str(subject.to_csv(index=False)).encode()
    if isinstance(subject, list | tuple | range) and not _has_numpy():
        return "".join(f"{_line(row)}\n" for row in subject).encode()
    return None


def _has_ids(columns: Iterable[Any]) -> bool:
    names = list(columns)
    return len(names) in (2, 11) and all(isinstance(name, str) for name in names)


def _has_numpy() -> bool:
    try:
        import numpy  # noqa: F401
    except ImportError:
        return False
    return True


def _line(row: Any) -> str:
    cells = row if isinstance(row, list | tuple) else [row]
    if not cells or not all(isinstance(cell, int | float) for cell in cells):
        raise CannotSubmit(f"{str(row)[:60]} is not a number or a row of numbers.", ACCEPTED)
    return ",".join(repr(float(c)) if isinstance(c, float) else str(int(c)) for c in cells)


def npy_bytes(subject: Any) -> bytes:
    """`subject` as the bytes of an `.npy` file without pickles.

    Shape (n,) or (n, classes), any real dtype. Raises `CannotSubmit` for objects, text, complex
    or single numbers.
    """
    import numpy as np

    array = _array(subject)
    _require_numbers(array)
    file = io.BytesIO()
    np.save(file, np.ascontiguousarray(array), allow_pickle=False)
    return file.getvalue()


def _array(subject: Any) -> np.ndarray[Any, Any]:
    import numpy as np

    try:
        array = np.asarray(_on_its_own(subject))
    except Exception as error:
        raise CannotSubmit(
            f"This {type(subject).__name__} does not become an array: {_first_line(error)}",
            "all rows must have the same length; from PyTorch use "
            "tensor.detach().cpu().numpy(). Then " + ACCEPTED,
        ) from error
    # bfloat16 and the float8 family are foreign types to NumPy's file format.
    if array.dtype.kind == "V" and "float" in array.dtype.name:
        array = array.astype(np.float32)
    return array


def _on_its_own(subject: Any) -> Any:
    """A PyTorch tensor as NumPy can take it: without gradient, in memory, in a known type."""
    if not all(hasattr(subject, name) for name in ("detach", "cpu", "numpy")):
        return subject
    tensor = subject.detach().cpu()
    return tensor.float() if "bfloat16" in str(getattr(tensor, "dtype", "")) else tensor


def _require_numbers(array: np.ndarray[Any, Any]) -> None:
    if array.dtype.kind == "O":
        raise CannotSubmit(
            "This array holds Python objects, not numbers.",
            "rows of different lengths, None or mixed types cause it; convert with "
            f"np.array(values, dtype=int). Then {ACCEPTED}",
            code="object_array",
        )
    if array.dtype.kind not in "biuf":
        raise CannotSubmit(
            f"This array holds {array.dtype}, not numbers.", ACCEPTED, code="value_type"
        )
    if array.ndim == 0:
        raise CannotSubmit("This is a single number, not an array.", ACCEPTED, code="shape")


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__
