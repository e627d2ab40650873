"""The ranked rows of a board; `ranking` says which, `order` in which order, `audience` to whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, lru_cache
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, bindparam, delete, func, select
from sqlmodel import Session, col

from heldout_server.competitions import queries as competitions
from heldout_server.leaderboard import audience, ladder, ranking
from heldout_server.leaderboard.audience import ANYBODY, Viewer
from heldout_server.leaderboard.order import BEST, ORDER, SCORED, RankedBy
from heldout_server.models import (
    PUBLIC,
    Best,
    Competition,
    Participant,
    Score,
    Submission,
    Team,
)

MOST_UNRANKED = 100
"""More rows in grey than anybody reads below a board."""
MOST_STATEMENTS = 64


@dataclass(frozen=True)
class Standing:
    """One row of a board: a participant, or a team under its own id and name.

    `score` and `error_count` are on the split that the board shows: public until the reveal.
    `rank` is None for a prediction file where models only are ranked.
    """

    rank: int | None
    participant_id: str
    participant_name: str
    submission_id: str
    submission_name: str
    kind: str
    score: float
    error_count: int | None
    entries: int
    reached_at: datetime


@dataclass(frozen=True)
class Standings:
    """A page of the board out of `total` ranked participants.

    `is_last_page`: the last of the rows that its viewer sees is on it; or it is the first page, and
    there is none.
    """

    rows: tuple[Standing, ...]
    total: int
    is_last_page: bool = True


def page(
    session: Session,
    competition_id: int,
    *,
    limit: int,
    offset: int = 0,
    viewer: Viewer = ANYBODY,
) -> Standings:
    """Those of the rows `offset` to `offset + limit` that the viewer sees, best first."""
    competition = session.get_one(Competition, competition_id)
    window = range(offset + 1, offset + limit + 1)
    ranked = total(session, competition_id)
    seen = _seen(competition, viewer, _own_rank(session, competition, viewer), ranked)
    last = max((span[-1] for span in seen), default=1)
    return Standings(_rows(session, competition, window, seen, viewer), ranked, last in window)


def around(session: Session, competition: Competition, me: Participant) -> tuple[Standing, ...]:
    """One's own row and those around it, as far as one may see them; none without a place."""
    viewer = Viewer(me)
    own = _own_rank(session, competition, viewer)
    if own is None:
        return ()
    window = range(max(1, own - audience.NEIGHBOURS), own + audience.NEIGHBOURS + 1)
    seen = _seen(competition, viewer, own, window.stop - 1)
    return _rows(session, competition, window, seen, viewer)


def check_seen(
    session: Session, competition: Competition, participant: Participant, viewer: Viewer
) -> None:
    """Raise ProblemError `not_found` for somebody whose row the viewer doesn't see."""
    own = _own_rank(session, competition, viewer)
    spans = audience.spans(competition.board_rule, competition.board_top, own) or ()
    best = best_of(session, participant.id or 0) if own is not None else None
    rank = rank_of(session, best) if best is not None else 0
    if not any(rank in span for span in spans):
        audience.check(session, competition, participant, viewer)


def _seen(
    competition: Competition, viewer: Viewer, own_rank: int | None, ranked: int
) -> list[range]:
    """Which of the `ranked` places the viewer sees."""
    every = range(1, ranked + 1)
    if viewer.is_organizer:
        return [every] if every else []
    found = audience.spans(competition.board_rule, competition.board_top, own_rank)
    spans = (every,) if found is None else found
    return [both for span in spans if (both := _both(every, span))]


def _rows(
    session: Session, competition: Competition, window: range, seen: list[range], viewer: Viewer
) -> tuple[Standing, ...]:
    parts = [both for span in seen if (both := _both(window, span))]
    return tuple(row for part in parts for row in _ranked(session, competition, part, viewer))


def _both(one: range, other: range) -> range:
    return range(max(one.start, other.start), min(one.stop, other.stop))


def _own_rank(session: Session, competition: Competition, viewer: Viewer) -> int | None:
    if viewer.participant is None or viewer.participant.competition_id != competition.id:
        return None
    best = best_of(session, viewer.participant.id or 0)
    return rank_of(session, best) if best is not None else None


def _ranked(
    session: Session, competition: Competition, ranks: range, viewer: Viewer
) -> list[Standing]:
    """The rows of these ranks. Reads one row a participant."""
    split = ranking.shown(competition).split
    query = (
        _as_anybody(competition.id or 0, split, competition.board_rule)
        if viewer == ANYBODY
        else _query(competition.id or 0, split, audience.names(competition, viewer))
    )
    found = session.execute(query.offset(ranks.start - 1).limit(len(ranks)))
    return [Standing(rank, *row) for rank, row in enumerate(found, ranks.start)]


@lru_cache(maxsize=MOST_STATEMENTS)
def _as_anybody(competition_id: int, split: str, board_rule: str) -> Select[Any]:
    """Kept: every board asks it after every score, and to make it takes longer than to run it."""
    return _query(competition_id, split, audience.names_by(board_rule))


def _query(competition_id: int, split: str, names: ColumnElement[str]) -> Select[Any]:
    query: Select[Any] = (
        # Columns, not objects: building 600 objects costs ten times as much as the query.
        select(  # type: ignore[call-overload]
            func.coalesce(Team.public_id, Participant.public_id),
            names,
            Submission.public_id,
            Submission.name,
            Submission.kind,
            Best.score,
            Score.error_count,
            Best.entries,
            Best.reached_at,
        )
        .select_from(Best)
        .join(Participant, col(Participant.id) == col(Best.participant_id))
        .outerjoin(Team, col(Team.id) == col(Participant.team_id))
        .join(Submission, col(Submission.id) == col(Best.submission_id))
        .join(
            Score,
            and_(col(Score.submission_id) == col(Best.submission_id), col(Score.split) == split),
        )
        .where(col(Best.competition_id) == competition_id)
        .order_by(*ORDER.columns(BEST))
    )
    return query


def unranked(
    session: Session, competition: Competition, *, viewer: Viewer = ANYBODY
) -> tuple[Standing, ...]:
    """Everyone's best prediction file where models only are ranked, best first; no rank."""
    if competition.rank_predictions:
        return ()
    view = replace(ranking.shown(competition), unranked=True)
    among = audience.shows(competition, viewer)
    found = list(islice(ranking.of_all(session, competition, view, *among), MOST_UNRANKED))
    names = audience.names(competition, viewer)
    facts = _facts_of(session, [one.submission_id for one in found], view.split, names)
    return tuple(
        Standing(None, *facts[one.submission_id], one.entries, one.reached_at) for one in found
    )


def _facts_of(
    session: Session, submissions: Sequence[int], split: str, names: ColumnElement[str]
) -> dict[int, tuple[str, str, str, str, str, float, int | None]]:
    query = (
        select(  # type: ignore[call-overload]
            Submission.id,
            func.coalesce(Team.public_id, Participant.public_id),
            names,
            Submission.public_id,
            Submission.name,
            Submission.kind,
            Score.score,
            Score.error_count,
        )
        .select_from(Submission)
        .join(Participant, col(Participant.id) == col(Submission.participant_id))
        .outerjoin(Team, col(Team.id) == col(Participant.team_id))
        .join(
            Score, and_(col(Score.submission_id) == col(Submission.id), col(Score.split) == split)
        )
        .where(col(Submission.id).in_(submissions))
    )
    return {row_id: tuple(facts) for row_id, *facts in session.execute(query)}


def total(session: Session, competition_id: int) -> int:
    """How many participants are ranked."""
    number: int = session.execute(_total(), {"competition": competition_id}).scalar_one()
    return number


@cache
def _total() -> Select[Any]:
    return select(func.count()).where(col(Best.competition_id) == bindparam("competition"))


def above(session: Session, competition_id: int, scores: Sequence[float]) -> list[int]:
    """How many rows stand above each of these scores; one of the same score does."""
    if not scores:
        return []
    counts = [func.count().filter(ORDER.not_behind(BEST, score)) for score in scores]
    query = select(*counts).where(col(Best.competition_id) == competition_id)
    return [int(number) for number in session.execute(query).one()]


def updated_at(session: Session, competition_id: int) -> datetime | None:
    """When the newest row of the board was reached."""
    query = select(func.max(Best.reached_at)).where(col(Best.competition_id) == competition_id)
    return session.execute(query).scalar()


def submission_public_id(session: Session, best: Best) -> str:
    """The public id of the submission that holds this row."""
    return session.get_one(Submission, best.submission_id).public_id


def best_of(session: Session, participant_id: int) -> Best | None:
    """The row on the board of the participant, or of their team, if any."""
    participant = session.get_one(Participant, participant_id)
    return session.get(Best, ranking.holder_of(session, participant))


def rank_of(session: Session, best: Best) -> int:
    """The place of this row: one more than the number of rows before it."""
    row = RankedBy(best.score, best.reached_at, best.submission_id)
    of = {"competition": best.competition_id, **row._asdict()}
    number_before: int = session.execute(_number_before(), of).scalar_one()
    return number_before + 1


@cache
def _number_before() -> Select[Any]:
    """How many rows of `:competition` stand before the one that the other names say."""
    row = RankedBy(*(bindparam(name) for name in RankedBy._fields))
    return _total().where(ORDER.before(BEST, row))


def recompute(
    session: Session, participant: Participant, held: Competition | None = None
) -> Best | None:
    """Set the row of the participant, or of their team, from what they sent.

    Called in the transaction that scores, moderates or restores one: the row can't drift. `held`:
    their competition, where the caller holds it already.
    """
    holder = ranking.holder_of(session, participant)
    _lock(session, holder)
    # Locked to the end: what a freeze or a reveal changes must not pass by unseen.
    competition = held or competitions.hold(session, participant.competition_id)
    found = ranking.of_one(session, competition, ranking.shown(competition), participant)
    others = [member for member in ranking.members(session, participant) if member != holder]
    if others:
        session.execute(delete(Best).where(col(Best.participant_id).in_(others)))
    best = session.get(Best, holder)
    if found is None:
        if best is not None:
            session.delete(best)
            session.flush()
        return None
    best = session.merge(_row(found, participant.competition_id))
    session.flush()
    return best


def recompute_all(session: Session, competition_id: int) -> None:
    """Set every row of the board: after a re-score, a freeze, a reveal."""
    session.flush()
    competition = session.get_one(Competition, competition_id)
    session.execute(delete(Best).where(col(Best.competition_id) == competition_id))
    for found in list(ranking.of_all(session, competition, ranking.shown(competition))):
        session.add(_row(found, competition_id))
    session.flush()


def _row(found: ranking.Standing, competition_id: int) -> Best:
    return Best(
        participant_id=found.holder_id,
        competition_id=competition_id,
        submission_id=found.submission_id,
        score=found.score,
        reached_at=found.reached_at,
        entries=found.entries,
    )


def _lock(session: Session, participant_id: int) -> None:
    query = select(col(Participant.id)).where(col(Participant.id) == participant_id)
    # Not the key: rows that refer to this one may still be written by a freeze meanwhile.
    session.execute(query.with_for_update(key_share=True))


class Earlier(NamedTuple):
    """A submission that was its participant's best when they sent another one."""

    submission_id: int
    public_id: str
    name: str
    score: float


def previous_best(session: Session, submission: Submission) -> Earlier | None:
    """The participant's best on the public split among submissions sent before this one."""
    competition = session.get_one(Competition, submission.competition_id)
    query = _earlier(ladder.is_lifted(competition), ranking.Rules.of(competition))
    of = {"by": submission.participant_id, "before": submission.id}
    found = session.execute(query, of).first()
    return Earlier(*found) if found is not None else None


@lru_cache(maxsize=MOST_STATEMENTS)
def _earlier(is_lifted: bool, rules: ranking.Rules) -> Select[int | None, str, str, float]:
    score = ladder.public_score(is_lifted=is_lifted)
    return (
        select(col(Submission.id), col(Submission.public_id), col(Submission.name), score)
        .select_from(Submission)
        .join(Score, _public_score())
        .where(
            col(Submission.participant_id) == bindparam("by"),
            col(Submission.id) < bindparam("before"),
            col(Submission.moderation).is_(None),
            *ranking.of_ranked_kind(rules),
        )
        .order_by(*ORDER.columns(SCORED._replace(score=score)))
        .limit(1)
    )


def _public_score() -> ColumnElement[bool]:
    return and_(col(Score.submission_id) == col(Submission.id), col(Score.split) == PUBLIC)
