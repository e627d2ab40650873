"""Rows by their ids: which example each one is of. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from heldout_server.kit.errors import Rejection, printable
from heldout_server.prediction.wanted import Wanted

AS_NUMBERS = "The ids were compared as whole numbers."
SHOWN = 5
LONGEST_SHOWN = 24
_WHOLE = re.compile(r"[+-]?\d{1,18}")
_WRITTEN_WHOLE = re.compile(r"([+-]?\d{1,18})(?:\.0*)?")


def places_of(found: list[str], wanted: Wanted) -> tuple[NDArray[np.intp], tuple[str, ...]]:
    """(rows,): which example each row is of, and notes.

    The ids have to be exactly those of the contest, in any order. Raises `Rejection` (`ids`), which
    names those that are missing, are not the contest's, or stand there twice.
    """
    assert wanted.ids is not None
    asked: list[str] = wanted.ids.tolist()
    if found == asked:
        return np.arange(len(asked)), ()
    places = _places(found, asked)
    if places is not None:
        return places, ()
    places = _places_of_numbers(found, asked)
    if places is not None:
        return places, (AS_NUMBERS,)
    raise _rejection(found, asked, wanted)


def _places(found: list[str], asked: list[str]) -> NDArray[np.intp] | None:
    """Where each one stands in `asked`; None unless they are the same ones."""
    if len(found) != len(asked):
        return None
    known = {one: at for at, one in enumerate(asked)}
    places = np.fromiter((known.get(one, -1) for one in found), np.intp, len(found))
    if places.min() < 0 or np.bincount(places, minlength=len(asked)).max() > 1:
        return None
    return places


def _places_of_numbers(found: list[str], asked: list[str]) -> NDArray[np.intp] | None:
    """The same for whole numbers that a spreadsheet or a data frame has written anew: 7.0, 0007."""
    if not all(map(_WHOLE.fullmatch, asked)):
        return None
    written = [_WRITTEN_WHOLE.fullmatch(one) for one in found]
    if not all(written):
        return None
    numbers = [str(int(match[1])) for match in written if match]
    plain = [str(int(one)) for one in asked]
    return _places(numbers, plain) if len(set(plain)) == len(plain) else None


def _rejection(found: list[str], asked: list[str], wanted: Wanted) -> Rejection:
    counts, known = Counter(found), set(asked)
    faults = [
        _fault((one for one in asked if one not in counts), "is missing", "are missing"),
        _fault((one for one in counts if one not in known), "is unknown", "are unknown"),
        _fault((one for one in counts if counts[one] > 1), "is repeated", "are repeated"),
    ]
    return Rejection(
        "ids",
        f"The ids don't match: {'; '.join(fault for fault in faults if fault)}.",
        f"Give each of the {wanted.examples:,} test {wanted.words.examples} one row with its id; "
        "the order doesn't matter.",
    )


def _fault(ids: Iterable[str], one: str, many: str) -> str:
    every = list(ids)
    if not every:
        return ""
    shown = ", ".join(repr(printable(text[:80], LONGEST_SHOWN)) for text in every[:SHOWN])
    more = ", …" if len(every) > SHOWN else ""
    return f"{len(every):,} {one if len(every) == 1 else many} ({shown}{more})"
