"""Arrays of predictions, from anything that NumPy understands, as `.npy` bytes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from heldout._errors import CannotSubmit
from heldout._tables import ACCEPTED

if TYPE_CHECKING:
    import numpy as np


def looks_like_array(subject: Any) -> bool:
    """Lists, tuples, NumPy, pandas, polars, TensorFlow, JAX and PyTorch arrays."""
    if isinstance(subject, list | tuple | range):
        return True
    return hasattr(subject, "__array__") or hasattr(subject, "__array_interface__")


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
