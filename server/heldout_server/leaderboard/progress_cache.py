"""Everyone's way, kept between looks; only what was scored since is read.

Awards, trends and the race need every try there was. With two thousand participants, reading them
all after each score would keep a core busy; with a million tries it would take seconds.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from heldout_server.acts import events
from heldout_server.acts.events import STILL_KINDS, EventKind
from heldout_server.leaderboard import attempts, standings
from heldout_server.leaderboard.attempts import Measures
from heldout_server.leaderboard.awards import Award
from heldout_server.leaderboard.progress import Progress, by_unit, grown, named, ranked
from heldout_server.models import BoardRule, Competition, Event, Participant, Submission, Team

MOST_COMPETITIONS = 16
MOST_TOLD = 2000
# Beyond this, reading everything anew takes no longer.
MOST_CHANGES = 500
# A submission that ran again may end in each of these; `submission.queued` changes no score.
ENDS = frozenset({EventKind.SCORED, EventKind.REJECTED, EventKind.ERROR})
# Ties are worked out of the board, and change nobody's way.
NO_WAY_ELSE = ENDS | STILL_KINDS | {EventKind.TIES_CHANGED}


@dataclass(frozen=True)
class ClassProgress:
    """What is known at one time. `measured`: of the submissions that are somebody's best.

    `awards`, by the rule for what may be told, are kept here by whoever works them out: they are
    the same until somebody's steps change, and most tries are no step.
    """

    by_unit: Mapping[str, Progress]
    ranked: Sequence[Progress]
    measured: Mapping[str, Measures]
    awards: dict[Hashable, list[Award]] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class _Kept:
    rule: tuple[object, ...]
    newest: int
    ways: ClassProgress


@dataclass(frozen=True, slots=True)
class _Change:
    """A submission of `unit` (a public id, of the team where there is one) that came `at`."""

    unit: str
    submission_id: int
    at: datetime


@dataclass(frozen=True)
class _Told:
    """What the board's rule leaves of `all_ways` to others."""

    all_ways: ClassProgress
    ways: ClassProgress


@dataclass
class _Place:
    lock: threading.Lock = field(default_factory=threading.Lock)
    kept: _Kept | None = None
    told: _Told | None = None


class ProgressCache:
    """The ways of each competition, as of the newest event; for any number of threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._places: OrderedDict[int, _Place] = OrderedDict()

    def of(self, session: Session, competition: Competition) -> ClassProgress:
        """Everybody's way as it may be told now."""
        place = self._place(competition.id or 0)
        with place.lock:
            place.kept = _updated(session, competition, place.kept)
            if competition.board_rule == BoardRule.EVERYBODY:
                return place.kept.ways
            place.told = _told(session, competition, place.kept.ways, place.told)
            return place.told.ways

    def _place(self, competition_id: int) -> _Place:
        with self._lock:
            place = self._places.setdefault(competition_id, _Place())
            self._places.move_to_end(competition_id)
            while len(self._places) > MOST_COMPETITIONS:
                self._places.popitem(last=False)
            return place


def _updated(session: Session, competition: Competition, kept: _Kept | None) -> _Kept:
    # Before the tries: what is committed in between is read again the next time.
    newest = events.latest_id(session)
    rule = _rule(competition)
    if kept is None or kept.rule != rule:
        return _Kept(rule, newest, _read(session, competition))
    if newest <= kept.newest:
        return kept
    changed = _changed(session, competition, kept.newest)
    if changed is None:
        return _Kept(rule, newest, _read(session, competition))
    return _Kept(rule, newest, _renewed(session, competition, kept.ways, changed))


def _rule(competition: Competition) -> tuple[object, ...]:
    """What decides, beside single submissions, which tries count and what they are worth."""
    return (
        competition.freeze_at,
        competition.revealed_at,
        competition.labels_version,
        competition.metric,
        competition.rank_predictions,
        competition.board_rule,
        competition.board_top,
    )


def _told(
    session: Session, competition: Competition, ways: ClassProgress, before: _Told | None
) -> _Told:
    if before is not None and before.all_ways is ways:
        return before
    # Awards are handed on while nobody's steps change: then the board has the same rows.
    if before is not None and before.all_ways.awards is ways.awards:
        return _Told(ways, _grown_alike(before, ways))
    return _Told(ways, _of_board(session, competition, ways))


def _grown_alike(told: _Told, ways: ClassProgress) -> ClassProgress:
    """The same people under the same names, with what they have tried in vain since."""
    by_unit = {
        unit: way
        if ways.by_unit[unit] is told.all_ways.by_unit[unit]
        else named(ways.by_unit[unit], way.best.participant_name)
        for unit, way in told.ways.by_unit.items()
    }
    order = [by_unit[way.best.participant_id] for way in told.ways.ranked]
    return replace(told.ways, by_unit=by_unit, ranked=order)


def _of_board(session: Session, competition: Competition, ways: ClassProgress) -> ClassProgress:
    """The ways of those whose rows anybody sees, under the names that they have there."""
    board = standings.page(session, competition.id or 0, limit=MOST_TOLD)
    names = {row.participant_id: row.participant_name for row in board.rows}
    by_unit = {unit: named(way, names[unit]) for unit, way in ways.by_unit.items() if unit in names}
    order = [
        by_unit[way.best.participant_id] for way in ways.ranked if way.best.participant_id in names
    ]
    best = {way.best.submission_id for way in order}
    measured = {name: one for name, one in ways.measured.items() if name in best}
    return ClassProgress(by_unit, order, measured)


def _changed(session: Session, competition: Competition, last: int) -> set[_Change] | None:
    """What ended after event `last`; None: perhaps everything changed."""
    if events.oldest_id(session) > last + 1:
        return None
    query = (
        select(
            col(Event.kind),
            func.coalesce(Team.public_id, Participant.public_id),
            col(Submission.id),
            col(Submission.queued_at),
        )
        .select_from(Event)
        .outerjoin(Submission, col(Submission.id) == col(Event.submission_id))
        .outerjoin(Participant, col(Participant.id) == col(Submission.participant_id))
        .outerjoin(Team, col(Team.id) == col(Participant.team_id))
        .where(col(Event.competition_id) == competition.id, col(Event.id) > last)
        .limit(MOST_CHANGES + 1)
    )
    found = session.execute(query).all()
    if len(found) > MOST_CHANGES or any(kind not in NO_WAY_ELSE for kind, *_ in found):
        return None
    return {_Change(*rest) for kind, *rest in found if kind in ENDS and rest[0] is not None}


def _read(session: Session, competition: Competition) -> ClassProgress:
    return _measured(session, by_unit(attempts.tries(session, competition)), {})


def _renewed(
    session: Session, competition: Competition, known: ClassProgress, changes: Collection[_Change]
) -> ClassProgress:
    if not changes:
        return known
    # A way only grows by what came last; whatever else changed in it, it is read from its start.
    broken = {change.unit for change in changes if not _is_last(change, known)}
    later = {change.submission_id for change in changes if change.unit not in broken}
    whole = {unit: way for unit, way in known.by_unit.items() if unit not in broken}
    ways = grown(whole, attempts.tries(session, competition, submissions=later) if later else ())
    if broken:
        ways |= by_unit(attempts.tries(session, competition, participants=broken))
    elif all(_same_steps(known.by_unit[one.unit], ways[one.unit]) for one in changes):
        order = [ways[way.best.participant_id] for way in known.ranked]
        return replace(known, by_unit=ways, ranked=order)
    # What ran again may have been measured otherwise.
    again = {ways[unit].best.submission_id for unit in broken if unit in ways}
    measured = {name: one for name, one in known.measured.items() if name not in again}
    return _measured(session, ways, measured)


def _same_steps(before: Progress, after: Progress) -> bool:
    return (before.steps, before.numbers) == (after.steps, after.numbers)


def _is_last(change: _Change, known: ClassProgress) -> bool:
    way = known.by_unit.get(change.unit)
    return way is not None and change.at > way.latest[-1].at


def _measured(
    session: Session, ways: Mapping[str, Progress], known: Mapping[str, Measures]
) -> ClassProgress:
    best = {way.best.submission_id for way in ways.values()}
    still = {name: one for name, one in known.items() if name in best}
    found = attempts.measures(session, best - known.keys())
    return ClassProgress(ways, ranked(ways.values()), {**still, **found})
