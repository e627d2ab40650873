"""Points for everybody after the reveal: the same for all whose order may be luck."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlmodel import Session

from heldout_server.competitions import grades
from heldout_server.competitions.grade_rule import GradeRule
from heldout_server.kit.errors import ProblemError
from heldout_server.leaderboard import standings, ties
from heldout_server.leaderboard.audience import ORGANIZER
from heldout_server.models import PRIVATE, Competition

ROWS_AT_ONCE = 1000


class UnknownTies(StrEnum):
    """What to do while nobody knows which places are shared; for ever, where labels are missing."""

    WAIT = "wait"
    ALONE = "alone"


@dataclass(frozen=True)
class Ranked:
    """A row of the final board; `tie_group` None: nobody knows of a tie, so it stands alone."""

    unit: str
    rank: int
    score: float
    tie_group: int | None


@dataclass(frozen=True)
class Grade:
    """Who is ranked (a public id, of a team where there is one), and the points; `place` is the
    best of the group's.
    """

    unit: str
    place: int
    points: float


def points(rows: Sequence[Ranked], rule: GradeRule) -> list[Grade]:
    """Points of each row. Pure.

    All of a tie group get those of its best score at its best place: what nobody can tell apart
    isn't graded apart, and nobody gets less than alone.
    """
    best: dict[object, Ranked] = {}
    for row in rows:
        best.setdefault(_group(row), row)  # rows come best first
    return [
        Grade(row.unit, first.rank, rule.points(score=first.score, place=first.rank))
        for row in rows
        for first in (best[_group(row)],)
    ]


def of_competition(
    session: Session, competition: Competition, unknown_ties: UnknownTies = UnknownTies.WAIT
) -> list[Grade]:
    """Everybody's points, by private scores. Raises ProblemError `conflict`: before the reveal,
    without a rule, while ties aren't known of this very board and are waited for.
    """
    if competition.revealed_at is None:
        raise ProblemError(
            "conflict",
            "The private scores are not revealed yet, and grades follow from them.",
            "Reveal them first.",
        )
    rule = grades.rule(competition)
    if rule is None:
        raise ProblemError(
            "conflict",
            "This competition has no rule of grades.",
            "Set one first: by score, on a line between two scores, or by place.",
        )
    found = ties.of_board(session, competition)
    rows = [
        Ranked(row.participant_id, row.rank or 0, row.score, _tie(found, row.submission_id))
        for row in _board(session, competition)
    ]
    if unknown_ties is UnknownTies.WAIT and len(rows) > 1:
        _check_ties_are_known(session, competition)
    return points(rows, rule)


def _board(session: Session, competition: Competition) -> Iterable[standings.Standing]:
    at = 0
    while True:
        page = standings.page(
            session, competition.id or 0, limit=ROWS_AT_ONCE, offset=at, viewer=ORGANIZER
        )
        yield from page.rows
        at += ROWS_AT_ONCE
        if at >= page.total:
            return


def _tie(found: Mapping[str, ties.Tie], submission: str) -> int | None:
    tie = found.get(submission)
    return tie.tie_group if tie is not None else None


def _check_ties_are_known(session: Session, competition: Competition) -> None:
    kept = ties.kept_event(session, competition.id or 0, PRIVATE)
    if kept is None or kept < ties.board_event(session, competition.id or 0):
        raise ProblemError(
            "conflict",
            "Which places are shared isn't known of this board.",
            "It takes seconds, where the labels are: try again. Where they are missing, or the "
            "leader's predictions, ask for points with unknown ties standing alone.",
            retry_after_seconds=5,
        )


def _group(row: Ranked) -> object:
    return ("alone", row.unit) if row.tie_group is None else ("group", row.tie_group)
