"""Everyone's way, kept between looks; only who was scored since is read anew.

Awards, trends and the race need every try there was. With two thousand participants, reading them
all after each score would keep a core busy; with a million tries it would take seconds.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlmodel import Session, col

from heldout_server import events
from heldout_server.leaderboard import history
from heldout_server.leaderboard.history import Measures
from heldout_server.leaderboard.ticker import SCORED, STILL_KINDS
from heldout_server.leaderboard.ways import Way, by_unit, ranked
from heldout_server.models import Competition, Event, Participant, Submission, Team

MOST_COMPETITIONS = 16
# Beyond this, reading everything anew takes no longer.
MOST_CHANGES = 500
# A submission that ran again may end in each of these; `submission.queued` changes no score.
ENDS = frozenset({SCORED, "submission.rejected", "submission.error"})


@dataclass(frozen=True)
class Ways:
    """What is known at one time. `measured`: of the submissions that are somebody's best."""

    by_unit: Mapping[str, Way]
    ranked: Sequence[Way]
    measured: Mapping[str, Measures]


@dataclass(frozen=True)
class _Kept:
    rule: tuple[object, ...]
    newest: int
    ways: Ways


@dataclass
class _Place:
    lock: threading.Lock = field(default_factory=threading.Lock)
    kept: _Kept | None = None


class KnownWays:
    """The ways of each competition, as of the newest event; for any number of threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._places: OrderedDict[int, _Place] = OrderedDict()

    def of(self, session: Session, competition: Competition) -> Ways:
        """Everybody's way as it may be told now."""
        place = self._place(competition.id or 0)
        with place.lock:
            place.kept = _updated(session, competition, place.kept)
            return place.kept.ways

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
    )


def _changed(session: Session, competition: Competition, last: int) -> set[str] | None:
    """Whose tries changed after event `last`; None: perhaps everybody's."""
    if events.oldest_id(session) > last + 1:
        return None
    query = (
        select(col(Event.kind), func.coalesce(Team.public_id, Participant.public_id))
        .select_from(Event)
        .outerjoin(Submission, col(Submission.id) == col(Event.submission_id))
        .outerjoin(Participant, col(Participant.id) == col(Submission.participant_id))
        .outerjoin(Team, col(Team.id) == col(Participant.team_id))
        .where(col(Event.competition_id) == competition.id, col(Event.id) > last)
        .limit(MOST_CHANGES + 1)
    )
    found = session.execute(query).all()
    if len(found) > MOST_CHANGES or any(kind not in ENDS | STILL_KINDS for kind, _ in found):
        return None
    return {unit for kind, unit in found if kind in ENDS and unit is not None}


def _read(session: Session, competition: Competition) -> Ways:
    return _measured(session, by_unit(history.tries(session, competition)), {})


def _renewed(
    session: Session, competition: Competition, known: Ways, changed: Collection[str]
) -> Ways:
    if not changed:
        return known
    anew = by_unit(history.tries(session, competition, participants=changed))
    others = {unit: way for unit, way in known.by_unit.items() if unit not in changed}
    kept = {way.best.submission_id for way in others.values()}
    measured = {name: one for name, one in known.measured.items() if name in kept}
    return _measured(session, others | anew, measured)


def _measured(session: Session, ways: Mapping[str, Way], known: Mapping[str, Measures]) -> Ways:
    best = {way.best.submission_id for way in ways.values()}
    found = history.measures(session, best - known.keys())
    return Ways(ways, ranked(ways.values()), {**known, **found})
