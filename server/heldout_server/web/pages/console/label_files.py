"""Labels as organizers send them: some corrections, or a whole set. Pure."""

from __future__ import annotations

import io
import re

import numpy as np

from heldout_server.web.pages.console.forms import refusal

SEPARATORS = re.compile(r"[\s,;:→>=]+")
NPY = b"\x93NUMPY"


def corrections(text: str) -> list[dict[str, int]]:
    """Lines such as "947, 8" as index and label. Raises ProblemError `validation`."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        parts = [part for part in SEPARATORS.split(line.strip()) if part]
        if len(parts) != 2 or not all(part.isdecimal() for part in parts):
            raise refusal(
                f"Line {number} of the corrections isn't a place and a label.",
                "One correction a line, for example “947, 8”; places count from 0.",
                "corrections",
            )
        found.append({"index": int(parts[0]), "label": int(parts[1])})
    return found


def whole_set(content: bytes) -> list[int]:
    """An `.npy` file, or text with one label a line (a header line may come first).

    Raises ProblemError `validation`.
    """
    if content.startswith(NPY):
        return _array(content)
    try:
        words = [word for word in SEPARATORS.split(content.decode("utf-8-sig")) if word]
    except UnicodeDecodeError:
        raise _unreadable() from None
    numbers = words[1:] if words and not words[0].isdecimal() else words
    if not all(word.isdecimal() for word in numbers):
        raise _unreadable()
    return [int(word) for word in numbers]


def _array(content: bytes) -> list[int]:
    try:
        array = np.load(io.BytesIO(content), allow_pickle=False)
    except (ValueError, OSError, EOFError):
        raise _unreadable() from None
    if array.ndim != 1 or not np.issubdtype(array.dtype, np.integer):
        raise _unreadable()
    return [int(label) for label in array]


def _unreadable() -> Exception:
    return refusal(
        "The file of labels can't be read.",
        "An .npy file of whole numbers in one dimension, or text with one label a line.",
        "labels",
    )
