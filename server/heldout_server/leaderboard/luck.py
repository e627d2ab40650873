"""How much of a page of the board may be luck: of each score, and of the order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from heldout_server.leaderboard import attempts, ties
from heldout_server.leaderboard.confidence_interval import Interval
from heldout_server.leaderboard.margins import margins
from heldout_server.leaderboard.standings import Standing, Standings
from heldout_server.leaderboard.ties import Tie
from heldout_server.models import Competition


@dataclass(frozen=True)
class Luck:
    """Of each row, by its submission, what is known of it.

    `examples_needed`: with about how many hidden examples the first two rows of the board would be
    told apart; None where they are already, and where nobody knows.
    """

    intervals: Mapping[str, Interval]
    ties: Mapping[str, Tie]
    examples_needed: int | None


def luck(session: Session, competition: Competition, rows: Sequence[Standing]) -> Luck:
    """What may be said of these rows; those without a rank have no ties."""
    return Luck(
        margins(session, competition, rows),
        ties_of(session, competition, rows),
        ties.examples_needed(session, competition),
    )


@dataclass(frozen=True)
class FirstPlace:
    """How sure the first place is. `sharing`: how many rows the first doesn't clearly beat, itself
    among them; 0: not known. `examples_needed` as in `Luck`; `examples`: on how many rows are
    scored, where that one is known.
    """

    sharing: int
    examples_needed: int | None
    examples: int


def first_place(session: Session, competition: Competition, top: Standings) -> FirstPlace | None:
    """Of the board as it is, `top` from its first row on; None where there are no two rows, or
    where they are kept back.
    """
    if top.total < 2 or not top.rows:
        return None
    leader, needed = top.rows[0].submission_id, ties.examples_needed(session, competition)
    known = {} if needed is None else attempts.examples(session, competition, [leader])
    return FirstPlace(ties.with_leader(session, competition), needed, known.get(leader, 0))


def ties_of(session: Session, competition: Competition, rows: Sequence[Standing]) -> dict[str, Tie]:
    """The ties of these rows, by submission; a row of which none may be told isn't in it."""
    ranks = [row.rank for row in rows if row.rank is not None]
    if not ranks:
        return {}
    first, last = min(ranks), max(ranks)
    return ties.of_board(session, competition, limit=last - first + 1, offset=first - 1)
