"""What a participant is told of a score beside the score: how sure it is, and what it changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from heldout_server.kit.errors import printable
from heldout_server.leaderboard import ranking, standings
from heldout_server.leaderboard.confidence_interval import Interval, wilson
from heldout_server.leaderboard.neighbours import Neighbour, neighbours
from heldout_server.leaderboard.standings import Earlier
from heldout_server.leaderboard.submission_report import PublicResult, SubmissionReport
from heldout_server.models import PUBLIC
from heldout_server.runs.comparing import Setting, differences
from heldout_server.runs.pareto import SAME, unpaired_p
from heldout_server.submissions import queries

MOST_CHANGES = 8
LONGEST_VALUE = 60
# What follows from the layers that are told already.
FOLLOWS = frozenset({"hidden_layers", "parameters", "validation_examples", "fits"})
# Known of a tracked training alone: absent, it isn't another value but an unknown one.
TRACKED = frozenset(
    {"batch_size", "callbacks", "examples", "restore_best_weights", "seed", "validation_split"}
)


@dataclass(frozen=True)
class NeighbourBeside:
    """Whoever is one place away; `is_close`: the difference may be luck, by the counts alone."""

    rank: int
    name: str
    score: float
    is_close: bool


@dataclass(frozen=True)
class Change:
    """A hyperparameter that was set differently; None where a run doesn't say."""

    name: str
    before: str | float | int | bool | None
    now: str | float | int | bool | None


@dataclass(frozen=True)
class Comparison:
    """`against` is one's best before, `is_close` whether the score differs from it by luck alone.

    `above` and `below` are None unless this submission holds its participant's place on a board
    of public scores.
    """

    above: NeighbourBeside | None
    below: NeighbourBeside | None
    against: Earlier | None
    is_close: bool
    changes: tuple[Change, ...]


def interval(found: SubmissionReport) -> Interval | None:
    """Where the score would lie on other examples, with 95 %; None for what is no share of them."""
    counted = _counts(found)
    return wilson(counted[1] - counted[0], counted[1]) if counted is not None else None


def comparison(session: Session, found: SubmissionReport) -> Comparison | None:
    """Beside the others and one's own best; None without a score."""
    if found.result is None:
        return None
    above, below = _neighbours(session, found, found.result)
    before = found.result.previous
    return Comparison(
        above=_beside(above, found),
        below=_beside(below, found),
        against=before,
        is_close=before is not None and _is_close(before.score, found),
        changes=_changes(session, before, found.run_card),
    )


def _counts(found: SubmissionReport) -> tuple[int, int] | None:
    """How many are wrong, and of how many, where the score is that share."""
    if found.result is None or found.competition.metric != "accuracy":
        return None
    return found.result.metrics["error_count"], found.result.metrics["examples"]


def _neighbours(
    session: Session, found: SubmissionReport, result: PublicResult
) -> tuple[Neighbour | None, Neighbour | None]:
    is_public = ranking.shown(found.competition).split == PUBLIC
    best = standings.best_of(session, found.submission.participant_id)
    if not is_public or best is None or result.rank is None or not result.holds_rank:
        return None, None
    return neighbours(session, best, result.rank)


def _beside(other: Neighbour | None, found: SubmissionReport) -> NeighbourBeside | None:
    if other is None:
        return None
    return NeighbourBeside(other.rank, other.name, other.score, _is_close(other.score, found))


def _is_close(score: float, found: SubmissionReport) -> bool:
    counted = _counts(found)
    if counted is None:
        return False
    wrong, examples = counted
    return unpaired_p(wrong, round((1 - score) * examples), examples) > SAME


def _changes(
    session: Session, before: Earlier | None, card: Mapping[str, Any] | None
) -> tuple[Change, ...]:
    earlier = queries.run_card(session, before.submission_id) if before is not None else None
    if earlier is None or card is None:
        return ()
    told = [each for each in differences([earlier, card]) if _is_told(each)]
    return tuple(_change(each) for each in told[:MOST_CHANGES])


def _is_told(setting: Setting) -> bool:
    is_unknown = setting.name in TRACKED and None in setting.values
    return setting.name not in FOLLOWS and not is_unknown


def _change(setting: Setting) -> Change:
    return Change(printable(setting.name, LONGEST_VALUE), *map(_shown, setting.values))


def _shown(value: Any) -> str | float | int | bool | None:
    if value is None or isinstance(value, bool | int | float):
        return value
    return printable(str(value), LONGEST_VALUE)
