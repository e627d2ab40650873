"""Which rows of a board are tied, and between which places each may stand: what may be shown of it.

It is worked out in the background (`RowRange`), so it can be older than the board. A row's ties are
shown only while they are true of it: of the submission that it stands by, of that score, by the
part, the metric and the labels in force, and of the place that it has. Groups and ties with the
leader hang on who leads, and are shown only while that one does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, bindparam, delete, func, select
from sqlmodel import Session, col

from heldout_server.acts.events import MOVES_BOARD
from heldout_server.leaderboard import ranking
from heldout_server.leaderboard.order import BEST, ORDER
from heldout_server.models import PRIVATE, Best, Competition, Event, RowRange, Submission

MOST_STATEMENTS = 64


@dataclass(frozen=True, slots=True)
class Tie:
    """Of one row: it may stand anywhere from `rank_low` to `rank_high`.

    `tie_group` counts from 1; rows of one group are neighbours whose order may be luck.
    `tied_with_leader`: whether the first row doesn't clearly beat this one; the first is tied with
    itself. Both are None while the board has a new leader.
    """

    tie_group: int | None
    rank_low: int
    rank_high: int
    tied_with_leader: bool | None

    @property
    def places(self) -> str:
        """The places as a board writes them, "2–7"; empty where there is one alone."""
        return f"{self.rank_low}–{self.rank_high}" if self.rank_low < self.rank_high else ""

    @property
    def words(self) -> str:
        """The same in words; empty where there is one alone."""
        is_open = self.rank_low < self.rank_high
        return f"could be {self.rank_low} to {self.rank_high}" if is_open else ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the board, as ties are worked out from it."""

    holder_id: int
    submission_id: int
    score: float
    predictions_sha256: str | None


def basis(competition: Competition, part: str | None = None) -> str:
    """By what ties are worked out: the part of the examples (else that shown), metric, labels."""
    split = part or ranking.shown(competition).split
    return f"{split} {competition.metric} {competition.labels_version or ''}"


def of_board(
    session: Session, competition: Competition, *, limit: int | None = None, offset: int = 0
) -> dict[str, Tie]:
    """The ties of rows `offset` to `offset + limit`, by the public id of the submission.

    A row of which none is known, or none that is true any more, isn't in it.
    """
    query = _in_order(*_by(competition), offset, limit)
    found = enumerate(session.execute(query), offset + 1)
    ties = ((public_id, _tie(_Kept(*kept), rank)) for rank, (public_id, *kept) in found)
    return {public_id: tie for public_id, tie in ties if tie is not None}


def of_best(session: Session, competition: Competition, best: Best, rank: int) -> Tie | None:
    """The ties of one row, which has this place; None: not known, or not true any more."""
    row = session.execute(_of_one(*_by(competition)), {"holder": best.participant_id}).first()
    return None if row is None else _tie(_Kept(*row[1:]), rank)


def sharing_first(
    session: Session, competition: Competition, final: Sequence[ranking.Standing]
) -> frozenset[int]:
    """Whom the first of the final standings doesn't clearly beat, itself among them, by holder.

    Empty where the first place is clear, and while nobody knows. For organizers before the reveal.
    """
    tied = select(RowRange.participant_id, RowRange.submission_id, RowRange.score).where(  # type: ignore[call-overload]
        col(RowRange.competition_id) == competition.id,
        col(RowRange.basis) == basis(competition, PRIVATE),
        col(RowRange.leader_id) == (final[0].submission_id if final else 0),
        col(RowRange.tied_with_leader),
    )
    now = {(one.holder_id, one.submission_id, one.score) for one in final}
    found = {tuple(row) for row in session.execute(tied)}
    # Somebody in it stands by something else now: then nobody knows who else is.
    return frozenset(row[0] for row in found) if len(found) > 1 and found <= now else frozenset()


def with_leader(session: Session, competition: Competition) -> int:
    """How many rows the first doesn't clearly beat, itself among them; 0: not known."""
    return int(session.execute(_beside_first(*_by(competition))).scalar_one())


def examples_needed(session: Session, competition: Competition) -> int | None:
    """With about how many hidden examples the first two rows would be told apart.

    None where they are already, where no number would do, and while it isn't known.
    """
    row = session.execute(_in_order(*_by(competition), 1, 1)).first()
    kept = _Kept(*row[1:]) if row is not None else None
    return kept.examples_needed if kept is not None and kept.leader_id == kept.leads else None


def board_event(session: Session, competition_id: int) -> int:
    """The id of the newest event that may have moved the board; 0 without one."""
    return session.execute(_newest(), {"competition": competition_id}).scalar() or 0


@cache
def _newest() -> Select[Any]:
    of_one = col(Event.competition_id) == bindparam("competition")
    query = select(col(Event.id)).where(of_one, col(Event.kind).in_(MOVES_BOARD))
    return query.order_by(col(Event.id).desc()).limit(1)


def kept_event(session: Session, competition_id: int, part: str) -> int | None:
    """The event as of which ties by this part of the examples are kept; None where none are."""
    return session.execute(_as_of(), {"competition": competition_id, "part": part}).scalar()


@cache
def _as_of() -> Select[Any]:
    return select(func.max(RowRange.event_id)).where(
        col(RowRange.competition_id) == bindparam("competition"),
        col(RowRange.part) == bindparam("part"),
    )


def rows(session: Session, competition: Competition) -> list[Row]:
    """Every row of the board, in its order."""
    return [Row(*row) for row in session.execute(_rows(), {"competition": competition.id})]


@cache
def _rows() -> Select[Any]:
    query: Select[Any] = (
        select(Best.participant_id, Best.submission_id, Best.score, Submission.predictions_sha256)  # type: ignore[call-overload]
        .join(Submission, col(Submission.id) == col(Best.submission_id))
        .where(col(Best.competition_id) == bindparam("competition"))
        .order_by(*ORDER.columns(BEST))
    )
    return query


def final_rows(session: Session, competition: Competition) -> list[Row]:
    """Every row of the board as it will be after the reveal, in its order."""
    final = list(ranking.of_all(session, competition, ranking.FINAL))
    ids = [one.submission_id for one in final]
    query = select(Submission.id, Submission.predictions_sha256).where(col(Submission.id).in_(ids))  # type: ignore[call-overload]
    digests = dict(map(tuple, session.execute(query)))
    return [
        Row(one.holder_id, one.submission_id, one.score, digests.get(one.submission_id))
        for one in final
    ]


def keep(session: Session, competition: Competition, part: str, found: Iterable[RowRange]) -> bool:
    """Replace what is kept by this part; whether anything is shown otherwise now.

    Of rows that the board has no more, or that stand by something else now, nothing is kept.
    """
    is_shown = part == ranking.shown(competition).split
    there = rows(session, competition) if is_shown else final_rows(session, competition)
    now = {(row.holder_id, row.submission_id) for row in there}
    wanted = [one for one in found if (one.participant_id, one.submission_id) in now]
    before = _shown(session, competition) if is_shown else None
    session.execute(
        delete(RowRange).where(
            col(RowRange.competition_id) == competition.id, col(RowRange.part) == part
        )
    )
    session.add_all(wanted)
    session.flush()
    return is_shown and _shown(session, competition) != before


def _shown(session: Session, competition: Competition) -> tuple[dict[str, Tie], int | None]:
    return of_board(session, competition), examples_needed(session, competition)


class _Kept(NamedTuple):
    """The columns of a `RowRange`, all None where there is none that is true; and who `leads`."""

    leader_id: int | None
    tie_group: int | None
    rank_low: int | None
    rank_high: int | None
    tied_with_leader: bool | None
    examples_needed: int | None
    leads: int


def _by(competition: Competition) -> tuple[int, str, str]:
    """What the statements below are made of."""
    return competition.id or 0, ranking.shown(competition).split, basis(competition)


# Each board asks these after every score, and to make one takes longer than to run it.
@lru_cache(maxsize=MOST_STATEMENTS)
def _in_order(
    competition_id: int, part: str, basis: str, offset: int, limit: int | None
) -> Select[Any]:
    joined = _joined(competition_id, part, basis).order_by(*ORDER.columns(BEST))
    return joined.offset(offset).limit(limit)


@lru_cache(maxsize=MOST_STATEMENTS)
def _beside_first(competition_id: int, part: str, basis: str) -> Select[Any]:
    """How many rows are tied with the first."""
    place = func.row_number().over(order_by=ORDER.columns(BEST)).label("place")
    row = _joined(competition_id, part, basis).add_columns(place).subquery().c
    return select(func.count()).where(
        row.tied_with_leader,
        row.leader_id == row.leads,
        row.place.between(row.rank_low, row.rank_high),
    )


@lru_cache(maxsize=MOST_STATEMENTS)
def _joined(competition_id: int, part: str, basis: str) -> Select[Any]:
    is_true = and_(
        col(RowRange.participant_id) == col(Best.participant_id),
        col(RowRange.submission_id) == col(Best.submission_id),
        col(RowRange.score) == col(Best.score),
        col(RowRange.part) == part,
        col(RowRange.basis) == basis,
    )
    first = select(col(Best.submission_id)).where(col(Best.competition_id) == competition_id)
    leads = first.order_by(*ORDER.columns(BEST)).limit(1).scalar_subquery().label("leads")
    kept = [getattr(RowRange, name) for name in _Kept._fields if name != "leads"]
    return (
        # Columns, not objects: building 600 objects costs ten times as much as the query.
        select(col(Submission.public_id), *kept, leads)
        .select_from(Best)
        .join(Submission, col(Submission.id) == col(Best.submission_id))
        .outerjoin(RowRange, is_true)
        .where(col(Best.competition_id) == competition_id)
    )


@lru_cache(maxsize=MOST_STATEMENTS)
def _of_one(competition_id: int, part: str, basis: str) -> Select[Any]:
    one = col(Best.participant_id) == bindparam("holder")
    return _joined(competition_id, part, basis).where(one)


def _tie(kept: _Kept, rank: int) -> Tie | None:
    if kept.rank_low is None or kept.rank_high is None:
        return None
    if not kept.rank_low <= rank <= kept.rank_high:
        return None
    if kept.leader_id != kept.leads:
        return Tie(None, kept.rank_low, kept.rank_high, None)
    return Tie(kept.tie_group, kept.rank_low, kept.rank_high, kept.tied_with_leader)
