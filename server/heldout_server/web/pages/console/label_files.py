"""Labels as organizers send them: some corrections, or a whole set. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection
from typing import Any

import numpy as np

from heldout_server.web.pages.console.forms import refusal

AFTER_THE_PLACE = re.compile(r"\s*(?:[,;\t:→]|=>|=|\s)\s*")
NPY = b"\x93NUMPY"


def corrections(text: str, ids: Collection[str] = ()) -> list[dict[str, str]]:
    """Lines such as "947, 8" or "row_17 → cat" as id (or place) and label.

    What parts the two may stand in an id, too: the longest of `ids` that a line begins with is
    meant. Raises ProblemError `validation`.
    """
    found = []
    known, longest = frozenset(ids), max(map(len, ids), default=0)
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        where, _, label = _apart(line.strip(), known, longest)
        if not where or not label:
            raise refusal(
                f"Line {number} of the corrections isn't an example and its label.",
                "One correction a line, for example “947, 8”: the id, or the place from 0, then "
                "the right answer.",
                "corrections",
            )
        found.append({"id": where, "label": label})
    return found


def _apart(line: str, known: frozenset[str], longest: int) -> tuple[str, str, str]:
    between = AFTER_THE_PLACE.search(line)
    for later in AFTER_THE_PLACE.finditer(line):
        if later.start() > longest:
            break
        between = later if line[: later.start()] in known else between
    if between is None:
        return line, "", ""
    return line[: between.start()], between[0], line[between.end() :].strip()


def whole_set(content: bytes) -> list[Any]:
    """An `.npy` file, or a table as text: one answer a line, or its columns, an id before them if
    there are ids; a header may come first. Raises ProblemError `validation`.
    """
    if content.startswith(NPY):
        return _array(content)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _unreadable() from None
    if "\0" in text:
        raise _unreadable()
    mark = next((mark for mark in "\t;," if mark in text.partition("\n")[0]), ",")
    try:
        read = list(csv.reader(io.StringIO(text), delimiter=mark))
    except csv.Error:  # such as a quotation mark that is never closed
        raise _unreadable() from None
    rows = [row for row in ([part.strip() for part in row] for row in read) if any(row)]
    if not rows:
        raise _unreadable()
    return [row[0] for row in rows] if all(len(row) == 1 for row in rows) else rows


def _array(content: bytes) -> list[Any]:
    try:
        array = np.load(io.BytesIO(content), allow_pickle=False)
    except (ValueError, OSError, EOFError):
        raise _unreadable() from None
    is_known = np.issubdtype(array.dtype, np.integer) or np.issubdtype(array.dtype, np.floating)
    if array.ndim not in (1, 2) or not is_known:
        raise _unreadable()
    found: list[Any] = array.tolist()
    return found


def _unreadable() -> Exception:
    return refusal(
        "The file of labels can't be read.",
        "An .npy file with one row for each hidden example, or a CSV with one line for each, an "
        "id first where there are ids.",
        "labels",
    )
