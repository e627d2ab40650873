"""After the reveal: what became of each final file's public score on examples that nobody had seen.

Both scores are of the same file, so the difference is what the public examples flattered it by.
Who hears of whose row, and whether of sums over all, is `audience`'s to say. What is told of gains
is the middle one: a single broken file would carry a mean away.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from heldout_server.kit.errors import ProblemError
from heldout_server.leaderboard import audience, ranking, standings, ties
from heldout_server.leaderboard.audience import Viewer
from heldout_server.leaderboard.order import BEST, ORDER, RankedBy
from heldout_server.models import (
    PRIVATE,
    PUBLIC,
    Best,
    Competition,
    Participant,
    Score,
    Submission,
)
from heldout_server.submissions.own_figures import own_score

MOST_ROWS = 2000
FEWEST_OF_A_HALF = 3


@dataclass(frozen=True, slots=True)
class Final:
    """A ranked one's final file: its scores and its places among final files, by either part.

    `stays_by_luck`: its public place is one where it may truly stand, by its ties; None: not known.
    """

    submission_id: str
    public_score: float
    private_score: float
    entries: int
    public_rank: int
    private_rank: int
    stays_by_luck: bool | None = None

    @property
    def gain(self) -> float:
        """How much better on private examples; negative: it lost."""
        return self.private_score - self.public_score


@dataclass(frozen=True, slots=True)
class Gap:
    """The row of somebody whom the viewer sees."""

    participant_id: str
    participant_name: str
    final: Final


@dataclass(frozen=True, slots=True)
class Half:
    """Those with few tries, or with many: how many people, from and to how many tries, and the
    middle one of their gains.
    """

    people: int
    fewest: int
    most: int
    gain: float


@dataclass(frozen=True, slots=True)
class Summary:
    """The class in a few numbers. `gain` is the middle one of all final files'.

    `tries` of all that count, `tries_lost` of them worse on private examples. `moved` changed
    places, `moved_by_luck` of them within what luck may do; None: not known.
    """

    people: int
    lost: int
    gain: float
    tries: int
    tries_lost: int
    moved: int
    moved_by_luck: int | None
    halves: tuple[Half, Half] | None


@dataclass(frozen=True, slots=True)
class ClassGap:
    """What is the same whoever looks: every final file by its submission, with what of its place
    may be luck; `summary` None: nobody, or kept back.
    """

    finals: Mapping[str, Final]
    ties: Mapping[str, ties.Tie]
    summary: Summary | None


def check_revealed(competition: Competition) -> None:
    """Raise ProblemError `not_found` while the private scores are secret."""
    if competition.revealed_at is None:
        raise ProblemError(
            "not_found",
            "Public and private scores are compared after the reveal, and it hasn't been yet.",
            "The organizers reveal them at the end; the board has the public ones.",
        )


def of_class(session: Session, competition: Competition) -> ClassGap:
    """What is told of everybody. Raises ProblemError `not_found` before the reveal."""
    check_revealed(competition)
    known = ties.of_board(session, competition)
    finals = _finals(session, competition, known)
    everybody = tuple(finals.values())

    def may_sum(some: Sequence[Final]) -> bool:
        ranks = [one.private_rank for one in some]
        return audience.may_sum(competition.board_rule, competition.board_top, ranks)

    if not everybody or not may_sum(everybody):
        return ClassGap(finals, known, None)
    tries = _all_tries(session, competition)
    return ClassGap(finals, known, summary(everybody, *tries, may_sum))


def rows(
    session: Session, competition: Competition, found: ClassGap, viewer: Viewer
) -> tuple[Gap, ...]:
    """Those whom this viewer sees, in final order."""
    page = standings.page(session, competition.id or 0, limit=MOST_ROWS, viewer=viewer)
    return tuple(
        Gap(row.participant_id, row.participant_name, found.finals[row.submission_id])
        for row in page.rows
        if row.submission_id in found.finals
    )


def public_scores(
    session: Session, competition: Competition, submissions: Collection[str]
) -> dict[str, float]:
    """The public score of each, by public id; none before the reveal. Its own, whatever a ladder
    showed.
    """
    if competition.revealed_at is None:
        return {}
    query = (
        select(col(Submission.public_id), own_score().label("score"))
        .join(Score, _of(Score, PUBLIC))
        .where(
            col(Submission.competition_id) == competition.id,
            col(Submission.public_id).in_(submissions),
        )
    )
    return {row.public_id: row.score for row in session.execute(query)}


def summary(
    finals: Sequence[Final],
    tries: int,
    tries_lost: int,
    may_sum: Callable[[Sequence[Final]], bool] = lambda some: True,
) -> Summary:
    """Of at least one final file; `may_sum`: of which of them something may be told. Pure."""
    moved = [one for one in finals if one.public_rank != one.private_rank]
    by_luck = [one.stays_by_luck for one in moved]
    return Summary(
        people=len(finals),
        lost=sum(one.gain < 0 for one in finals),
        gain=_middle(finals),
        tries=tries,
        tries_lost=tries_lost,
        moved=len(moved),
        moved_by_luck=None if None in by_luck else sum(map(bool, by_luck)),
        halves=halves(finals, may_sum),
    )


def halves(
    finals: Sequence[Final], may_sum: Callable[[Sequence[Final]], bool] = lambda some: True
) -> tuple[Half, Half] | None:
    """Those with the fewest tries and those with the most, as equal in number as can be without
    parting people of as many tries; None where either would be too few. Pure.
    """
    by_tries = sorted(finals, key=lambda one: one.entries)
    fewest, people = FEWEST_OF_A_HALF, len(by_tries)
    cuts = [
        at for at in range(fewest, people - fewest + 1)
        if by_tries[at - 1].entries < by_tries[at].entries
    ]  # fmt: skip
    for cut in sorted(cuts, key=lambda at: abs(2 * at - people)):
        few, many = by_tries[:cut], by_tries[cut:]
        if may_sum(few) and may_sum(many):
            return _half(few), _half(many)
    return None


def _half(some: Sequence[Final]) -> Half:
    return Half(len(some), some[0].entries, some[-1].entries, _middle(some))


def _middle(some: Sequence[Final]) -> float:
    return median(one.gain for one in some)


def _finals(
    session: Session, competition: Competition, known: Mapping[str, ties.Tie]
) -> dict[str, Final]:
    """Every row of the board by its submission, in the order of the board."""
    found = list(session.execute(_both_scores(competition)))
    keys = [RankedBy(row.public_score, row.reached_at, row.submission_id) for row in found]
    order = sorted(range(len(found)), key=lambda at: ORDER.key(keys[at]))
    public_rank = {at: rank for rank, at in enumerate(order, 1)}
    return {
        row.public_id: Final(
            row.public_id, row.public_score, row.score, row.entries,
            public_rank[at], at + 1, _is_within(known, row.public_id, public_rank[at]),
        )
        for at, row in enumerate(found)
    }  # fmt: skip


def _both_scores(competition: Competition) -> Any:
    return (
        select(
            col(Submission.public_id),
            own_score().label("public_score"),
            col(Best.score),
            col(Best.entries),
            col(Best.reached_at),
            col(Best.submission_id),
        )
        .select_from(Best)
        .join(Submission, col(Submission.id) == col(Best.submission_id))
        .join(Score, _of(Score, PUBLIC))
        .where(col(Best.competition_id) == competition.id)
        .order_by(*ORDER.columns(BEST))
    )


def _is_within(known: Mapping[str, ties.Tie], submission: str, place: int) -> bool | None:
    tie = known.get(submission)
    return None if tie is None else tie.rank_low <= place <= tie.rank_high


def _all_tries(session: Session, competition: Competition) -> tuple[int, int]:
    """How many files count, and how many of them are worse on private examples."""
    public, private = aliased(Score), aliased(Score)
    query = (
        select(func.count(), func.count().filter(col(private.score) < own_score(public)))
        .select_from(Submission)
        .join(Participant, col(Participant.id) == col(Submission.participant_id))
        .join(public, _of(public, PUBLIC))
        .join(private, _of(private, PRIVATE))
        .where(*ranking.rankable(competition, ranking.FINAL))
    )
    tries, lost = session.execute(query).one()
    return int(tries), int(lost)


def _of(score: Any, split: str) -> Any:
    return and_(col(score.submission_id) == col(Submission.id), col(score.split) == split)
