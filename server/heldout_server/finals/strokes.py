"""What a pen did: checked, and known again when it is sent twice. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from heldout_server.kit.errors import ProblemError

SIDE = 1000
"""Drawings are made in a square of 0 to this."""
MOST_BYTES = 8000
"""Of all strokes as JSON: some thousand points."""
MOST_STROKES = 64
SMALLEST_SPAN = 60
"""A drawing spans as much in one direction at least: less is a dot, or a finger that slipped."""

Strokes = list[list[int]]
"""Each stroke is x, y, x, y, …: whole numbers from 0 to `SIDE`, downwards and to the right."""


def checked(strokes: Sequence[Sequence[int]]) -> Strokes:
    """The same strokes without points that repeat the one before.

    Raises ProblemError `validation` with what to draw instead.
    """
    if len(strokes) > MOST_STROKES or len(_written(strokes)) > MOST_BYTES:
        raise _refused("This drawing has too many points.", "Clear it and draw it in few strokes.")
    for stroke in strokes:
        if len(stroke) % 2 or not stroke:
            raise _refused("A stroke is a list of x, y, x, y, …, with both of each point.")
        if not all(0 <= number <= SIDE for number in stroke):
            raise _refused(f"A point is outside of the square of 0 to {SIDE}.")
    moved = [_moved(stroke) for stroke in strokes]
    if _span(moved) < SMALLEST_SPAN:
        raise _refused("There is hardly anything drawn.", "Draw it large, over most of the square.")
    return moved


def digest(strokes: Strokes) -> str:
    """Of exactly this drawing, by which it is known again."""
    return hashlib.sha256(_written(strokes)).hexdigest()


def _written(strokes: Sequence[Sequence[int]]) -> bytes:
    return json.dumps(strokes, separators=(",", ":")).encode()


def _moved(stroke: Sequence[int]) -> list[int]:
    kept = list(stroke[:2])
    for x, y in zip(stroke[2::2], stroke[3::2], strict=True):
        if (x, y) != (kept[-2], kept[-1]):
            kept += [x, y]
    return kept


def _span(strokes: Strokes) -> int:
    """The longer side of the box around all of it; 0 when there is nothing."""
    across = [x for stroke in strokes for x in stroke[::2]]
    down = [y for stroke in strokes for y in stroke[1::2]]
    return max((max(one) - min(one) for one in (across, down) if one), default=0)


def _refused(
    detail: str, hint: str = "Open the page again: it draws them rightly."
) -> ProblemError:
    return ProblemError("validation", detail, hint)
