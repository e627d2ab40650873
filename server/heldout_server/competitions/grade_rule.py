"""From a score or a place to points in a course, by a rule that fits into a few lines. Pure.

    rule = parse(GradeBy.SCORE, "98% = 10; 95% = 8; rest = 0", "accuracy")
    rule.points(score=0.9612, place=4)  # 8.0

Three ways: the best line that a score reaches (`score`), on the line between two scores (`line`),
or by the place (`place`). Lines are separated by line breaks or semicolons.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from heldout_server.kit.errors import ProblemError, printable
from heldout_server.tasks import scores

MOST_LINES = 60
MOST_POINTS = 1_000_000.0
REST = "rest"
NUMBER = r"[+-]?\d+(?:\.\d+)?"
EXAMPLES = {
    "score": "98% = 10; 95% = 8; rest = 0",
    "line": "90% = 5; 99% = 10",
    "place": "1 = 10; 2-5 = 8; rest = 5",
}


class GradeBy(StrEnum):
    """What points follow from; `none`: there are no grades."""

    NONE = "none"
    SCORE = "score"
    LINE = "line"
    PLACE = "place"


@dataclass(frozen=True)
class GradeRule:
    """`steps` are (score, points), best score first, or (last place, points), first place first.

    `rest`: the points of whoever reaches no step.
    """

    by: GradeBy
    steps: tuple[tuple[float, float], ...]
    rest: float = 0.0

    def points(self, *, score: float, place: int) -> float:
        """Of a score, of which more is better, and a place from 1."""
        if self.by is GradeBy.PLACE:
            return next((points for last, points in self.steps if place <= last), self.rest)
        if self.by is GradeBy.SCORE:
            return next((points for least, points in self.steps if score >= least), self.rest)
        (high, most), (low, least) = self.steps
        share = min(1.0, max(0.0, (score - low) / (high - low)))
        return least + share * (most - least)


def parse(by: str, table: str, metric: str) -> GradeRule | None:
    """The rule; None: there are no grades. Raises ProblemError `validation`."""
    if by == GradeBy.NONE:
        return None
    lines = [line.strip() for line in re.split(r"[;\n]", table) if line.strip()]
    if not 0 < len(lines) <= MOST_LINES:
        raise _bad(by, f"A grade rule has 1 to {MOST_LINES} lines; this has {len(lines)}.")
    pairs = dict(_pair(by, line) for line in lines)
    if len(pairs) < len(lines):
        raise _bad(by, "A line of the grade rule is there twice.")
    if by == GradeBy.LINE:
        return _line(pairs, metric)
    rest = pairs.pop(REST, None)
    steps = _places(pairs) if by == GradeBy.PLACE else _steps(by, pairs, metric)
    _check_better_gives_more(by, [points for _, points in steps], rest)
    return GradeRule(GradeBy(by), steps, rest or 0.0)


def _pair(by: str, line: str) -> tuple[str, float]:
    left, equals, right = (part.strip() for part in line.partition("="))
    if not equals or not left or not re.fullmatch(NUMBER, right):
        raise _bad(by, f"“{printable(line, 60)}” isn't “what is reached = points”.")
    points = float(right)
    if not 0 <= points <= MOST_POINTS:
        raise _bad(by, f"Points are from 0 to {MOST_POINTS:,.0f}.")
    return left.casefold(), points


def _line(pairs: Mapping[str, float], metric: str) -> GradeRule:
    if len(pairs) != 2 or REST in pairs:
        raise _bad(GradeBy.LINE, "A line goes through two scores; name exactly two.")
    ends = _steps(GradeBy.LINE, pairs, metric)
    _check_better_gives_more(GradeBy.LINE, [points for _, points in ends])
    return GradeRule(GradeBy.LINE, ends)


def _steps(by: str, pairs: Mapping[str, float], metric: str) -> tuple[tuple[float, float], ...]:
    """Scores with their points, best first."""
    steps = sorted(((_score(by, left, metric), p) for left, p in pairs.items()), reverse=True)
    if len({score for score, _ in steps}) < len(steps):
        raise _bad(by, "Two lines of the grade rule name the same score.")
    return tuple(steps)


def _check_better_gives_more(by: str, points: Sequence[float], rest: float | None = None) -> None:
    """Points of lines, best first: two that are turned round would grade a class upside down."""
    for more, fewer in pairwise([*points, *([] if rest is None else [rest])]):
        if more <= fewer:
            raise _bad(
                by,
                f"What is better has to give more points; this rule gives {more:g}, and {fewer:g} "
                "for what is worse.",
            )


def _score(by: str, text: str, metric: str) -> float:
    """What the board orders by, of a figure as people write it: 98%, 0.98, or 98 of a share."""
    number = text.removesuffix("%").strip()
    if not re.fullmatch(NUMBER, number):
        raise _bad(by, f"“{printable(text, 40)}” is no score.")
    in_percent = scores.in_percent(metric) and abs(float(number)) > 1
    is_percent = text.endswith("%") or in_percent
    # Not divided by 100: 81.4 / 100 is more than the score of 814 right of 1,000.
    return scores.score(float(f"{number}e-2" if is_percent else number), metric)


def _places(pairs: Mapping[str, float]) -> tuple[tuple[float, float], ...]:
    found, before = [], 0
    for left, points in pairs.items():
        match = re.fullmatch(r"(\d{1,6})(?:\s*[-–]\s*(\d{1,6}))?", left)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if first != before + 1 or last < first:
            raise _bad(GradeBy.PLACE, f"“{printable(left, 40)}” doesn't follow place {before}.")
        found.append((float(last), points))
        before = last
    return tuple(found)


def _bad(by: str, detail: str) -> ProblemError:
    return ProblemError("validation", detail, f"For example: {EXAMPLES[by]}", field="table")
