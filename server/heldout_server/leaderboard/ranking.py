"""Which submission each ranked one stands by. One statement says it for one, for all, and live,
and for scores that are only drafted.

A participant is ranked by themselves, members of a team together; the team's row is held by its
captain. While the contest runs the best public score counts, received before the freeze if there
is one. Revealed, it is the best private score of the final selection: the submissions that were
chosen, else the one with the best public score.

Where organizers rank models only, prediction files are left out of all of this; the same view of
what is `unranked` has them, for the rows in grey.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    and_,
    bindparam,
    case,
    false,
    func,
    or_,
    select,
)
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from heldout_server.leaderboard.order import ORDER, RankedBy
from heldout_server.models import (
    PREDICTIONS,
    PRIVATE,
    PUBLIC,
    Competition,
    Participant,
    Score,
    State,
    Submission,
    Team,
)


@dataclass(frozen=True)
class View:
    """A way to look at the scores: by which split, and of what was received before when.

    `unranked`: of the prediction files that the competition doesn't rank, instead of what it does.
    """

    split: str = PUBLIC
    before: datetime | None = None
    unranked: bool = False


FINAL = View(PRIVATE)
MOST_STATEMENTS = 64


class Rules(NamedTuple):
    """What of a competition decides whom it ranks; a statement that is made of it can be kept."""

    id: int | None
    rank_predictions: bool

    @classmethod
    def of(cls, competition: Competition) -> Rules:
        """Those of this competition, as they are now."""
        return cls(competition.id, competition.rank_predictions)


@dataclass(frozen=True)
class Figures:
    """Two aliases of the table that scores are read from: of public ones, and of what counts.

    `only`: which of its rows there are.
    """

    public: Any
    counted: Any
    only: tuple[ColumnElement[bool], ...] = ()


NAMES: ColumnElement[str] = func.coalesce(Team.name, Participant.name)
# Made once: an alias works out all its columns anew, which took a sixth of the time of grading.
IN_FORCE = Figures(aliased(Score), aliased(Score))


@dataclass(frozen=True)
class Standing:
    """The submission that somebody stands by; `holder_id` holds their row on the board."""

    holder_id: int
    submission_id: int
    score: float
    reached_at: datetime
    entries: int


def shown(competition: Competition) -> View:
    """What everybody sees of this competition: private scores only once they are revealed."""
    if competition.revealed_at is not None:
        return FINAL
    return View(PUBLIC, competition.freeze_at)


def countable(
    competition: Competition | Rules, before: datetime | None
) -> list[ColumnElement[bool]]:
    """Which submissions count, given `Submission` and `Participant`: standing, of nobody banned.

    `before`: only what was received before then.
    """
    conditions = [
        col(Submission.competition_id) == competition.id,
        # While it runs again, or when our machinery failed at that, its last score stands.
        col(Submission.state) != State.REJECTED,
        col(Submission.moderation).is_(None),
        col(Participant.banned_at).is_(None),
    ]
    return conditions if before is None else [*conditions, col(Submission.queued_at) < before]


def ranks(competition: Competition, submission: Submission) -> bool:
    """Whether a submission of this kind can hold a place."""
    return competition.rank_predictions or submission.kind != PREDICTIONS


def of_ranked_kind(competition: Competition | Rules) -> list[ColumnElement[bool]]:
    """`ranks` for queries, given `Submission`."""
    return [] if competition.rank_predictions else [col(Submission.kind) != PREDICTIONS]


def rankable(competition: Competition | Rules, view: View) -> list[ColumnElement[bool]]:
    """Which submissions somebody can stand by, given `Submission` and `Participant`."""
    conditions = countable(competition, view.before)
    if not view.unranked:
        return [*conditions, *of_ranked_kind(competition)]
    if competition.rank_predictions:
        return [*conditions, false()]
    return [*conditions, col(Submission.kind) == PREDICTIONS]


def holder_of(session: Session, participant: Participant) -> int:
    """Who holds the row of this participant: the captain of their team, or they themselves."""
    assert participant.id is not None
    if participant.team_id is None:
        return participant.id
    captain = select(col(Participant.id)).where(
        col(Participant.team_id) == participant.team_id, col(Participant.is_captain)
    )
    return session.execute(captain).scalar() or participant.id


def members(session: Session, participant: Participant) -> list[int]:
    """Who is ranked together with this participant, themselves included."""
    assert participant.id is not None
    if participant.team_id is None:
        return [participant.id]
    query = select(col(Participant.id)).where(col(Participant.team_id) == participant.team_id)
    return list(session.execute(query).scalars())


def of_one(
    session: Session, competition: Competition, view: View, participant: Participant
) -> Standing | None:
    """What this participant, or their team, stands by."""
    query = _of_people(Rules.of(competition), view)
    row = session.execute(query, {"people": members(session, participant)}).first()
    if row is None:
        return None
    _, submission_id, score, reached_at, entries = row
    return Standing(holder_of(session, participant), submission_id, score, reached_at, entries)


@lru_cache(maxsize=MOST_STATEMENTS)
def _of_people(rules: Rules, view: View) -> Select[Any]:
    """Kept: every score asks it, and to make it takes longer than to run it."""
    among = col(Submission.participant_id).in_(bindparam("people", expanding=True))
    return _standing(_eligible(rules, view, among), view)


def of_all(
    session: Session,
    competition: Competition,
    view: View,
    *among: ColumnElement[bool],
    figures: Figures = IN_FORCE,
) -> Iterator[Standing]:
    """What each ranked one stands by, in the order of the board.

    `among`: which of the submissions are looked at, given `Submission` and `Participant`.
    """
    query = select(col(Participant.team_id), col(Participant.id)).where(
        col(Participant.competition_id) == competition.id, col(Participant.is_captain)
    )
    captains = {-team: captain for team, captain in session.execute(query) if team is not None}
    ranked = _standing(_eligible(competition, view, *among, figures=figures), view)
    for unit, submission_id, score, reached_at, entries in session.execute(ranked):
        yield Standing(captains.get(unit, unit), submission_id, score, reached_at, entries)


def names(
    session: Session,
    holders: Collection[int],
    shown: ColumnElement[str] = NAMES,
) -> dict[int, tuple[str, str]]:
    """Under which public id and name each holder of a row is ranked: the team's where there is one.

    By the row id of the holder. `shown`: the name, as `audience.names` has it for others than
    organizers.
    """
    query = (
        select(
            col(Participant.id),
            func.coalesce(Team.public_id, Participant.public_id),
            shown,
        )
        .outerjoin(Team, col(Team.id) == col(Participant.team_id))
        .where(col(Participant.id).in_(holders))
    )
    return {row_id or 0: (public_id, name) for row_id, public_id, name in session.execute(query)}


def _eligible(
    competition: Competition | Rules,
    view: View,
    *among: ColumnElement[bool],
    figures: Figures = IN_FORCE,
) -> Subquery:
    public, counted = figures.public, figures.counted
    # Negative for teams, so that no team is taken for the participant of the same number.
    unit = case(
        (col(Participant.team_id).is_not(None), -col(Participant.team_id)), else_=Participant.id
    )
    query = (
        select(  # type: ignore[call-overload]
            unit.label("unit"),
            Submission.id,
            Submission.queued_at,
            col(Submission.chosen_at).is_not(None).label("chosen"),
            col(public.score).label("public_score"),
            col(counted.score).label("score"),
        )
        .join(Participant, col(Participant.id) == col(Submission.participant_id))
        .join(public, _on(public, PUBLIC))
        .join(counted, _on(counted, view.split))
        .where(*rankable(competition, view), *among, *figures.only)
    )
    found: Subquery = query.subquery()
    return found


def _on(score: Any, split: str) -> ColumnElement[bool]:
    return and_(col(score.submission_id) == col(Submission.id), col(score.split) == split)


def _standing(eligible: Subquery, view: View) -> Select[Any]:
    """Of each unit's rows the one that it stands by, best unit first."""
    candidates = _final_selection(eligible) if view.split == PRIVATE else eligible
    c = candidates.c
    entries = select(eligible.c.unit, func.count().label("entries")).group_by(eligible.c.unit)
    counted = entries.subquery()
    place = _place_among(eligible=c, score=c.score)
    placed = select(c.unit, c.id, c.score, c.queued_at, place.label("place")).subquery()
    p = placed.c
    return (
        select(p.unit, p.id, p.score, p.queued_at, counted.c.entries)
        .join(counted, counted.c.unit == p.unit)
        .where(p.place == 1)
        .order_by(*ORDER.columns(RankedBy(p.score, p.queued_at, p.id)))
    )


def _place_among(eligible: Any, score: ColumnElement[float]) -> ColumnElement[int]:
    """The place of each row among those of its unit, by one of its scores."""
    order = ORDER.columns(RankedBy(score, eligible.queued_at, eligible.id))
    return func.row_number().over(partition_by=eligible.unit, order_by=order)


def _final_selection(eligible: Subquery) -> Subquery:
    e = eligible.c
    has_chosen = func.max(case((e.chosen, 1), else_=0)).over(partition_by=e.unit)
    place = _place_among(eligible=e, score=e.public_score)
    judged = select(*e, has_chosen.label("has_chosen"), place.label("public_place")).subquery()
    j = judged.c
    return (
        select(judged).where(or_(j.chosen, and_(j.has_chosen == 0, j.public_place == 1))).subquery()
    )
