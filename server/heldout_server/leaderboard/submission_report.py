"""Everything that may be shown of one submission, gathered once for the API and the pages.

The private split is read only once it is revealed: what isn't loaded can't leak. Of the public
one no more leaves than `disclosure` allows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from heldout_server.jobs import pools, turns
from heldout_server.leaderboard import disclosure, ladder, ranking, standings, ties, visibility
from heldout_server.leaderboard.disclosure import Source
from heldout_server.leaderboard.order import ORDER
from heldout_server.leaderboard.standings import Earlier
from heldout_server.leaderboard.ties import Tie
from heldout_server.models import (
    PRIVATE,
    PUBLIC,
    Best,
    Competition,
    Participant,
    PracticeReading,
    Receipt,
    Score,
    State,
    Submission,
    Verdict,
)
from heldout_server.submissions import queries, receipts
from heldout_server.submissions.moderation import HELD, WITHDRAWN, mark_of


@dataclass(frozen=True)
class PublicResult:
    """The public score and where its participant stands.

    `rank` is the participant's place on the board, None when they aren't on it or this submission
    can hold no place; `tie` is of that place, None while nothing is known; `holds_rank` says
    whether it is this submission that holds the place.
    `private_score` is None until the reveal, and so is what is finer in `metrics`, over hidden
    examples; `practice_metrics` are the same figures over practice examples, None unless this is a
    model that has read them. `details` says whose are told in detail.
    """

    score: float
    metrics: dict[str, Any]
    practice_metrics: dict[str, Any] | None
    details: Source
    rank: int | None
    tie: Tie | None
    holds_rank: bool
    participants: int
    previous: Earlier | None
    private_score: float | None = None

    @property
    def previous_score(self) -> float | None:
        """The participant's best score before."""
        return self.previous.score if self.previous is not None else None

    @property
    def change(self) -> float | None:
        """Against the participant's best before."""
        before = self.previous_score
        return None if before is None else self.score - before

    @property
    def is_new_best(self) -> bool:
        """Whether it beat all that the participant had sent before."""
        before = self.previous_score
        return before is None or ORDER.is_better(self.score, than=before)


@dataclass(frozen=True)
class Place:
    """Where somebody stands, which is the same for each of their submissions: the row that they
    hold, its rank, and what of that may be luck.
    """

    best: Best | None
    rank: int | None
    tie: Tie | None
    participants: int


def place_of(session: Session, competition: Competition, participant_id: int) -> Place:
    """Where this participant stands, or their team."""
    best = standings.best_of(session, participant_id)
    rank = standings.rank_of(session, best) if best is not None else None
    tie = ties.of_best(session, competition, best, rank) if best and rank else None
    return Place(best, rank, tie, standings.total(session, competition.id or 0))


@dataclass(frozen=True)
class SubmissionReport:
    """A submission with whatever there is of verdict, receipt, result and run card."""

    submission: Submission
    participant: Participant
    competition: Competition
    queue_position: int | None
    verdict: Verdict | None
    receipt: dict[str, Any]
    result: PublicResult | None
    run_card: dict[str, Any] | None
    hidden_reason: str = ""
    """Why others may not hear how it did; empty: they may."""
    moderation_reason: str | None = None
    wait_note: str = ""
    """Why it waits for longer than its place in the queue says; empty: it doesn't."""

    @property
    def finished_at(self) -> datetime | None:
        """When it became final."""
        return self.submission.finished_at


def report(
    session: Session,
    submission: Submission,
    *,
    in_confidence: bool = False,
    place: Place | None = None,
) -> SubmissionReport:
    """Gather what everybody may see; `in_confidence`: what its participant and organizers may.

    `place`: of its participant, for whoever gathers many of one; None: it is looked up. How a
    submission did that came after the freeze, or is off the board, is between them.
    """
    assert submission.id is not None
    competition = session.get_one(Competition, submission.competition_id)
    participant = session.get_one(Participant, submission.participant_id)
    hidden_reason = visibility.of(competition, participant, submission)
    concealed = bool(hidden_reason) and not in_confidence
    receipt = session.get(Receipt, submission.id)
    data = receipts.readable(receipt.data) if receipt and receipt.data else {}
    return SubmissionReport(
        submission=submission,
        participant=participant,
        competition=competition,
        queue_position=turns.position(session, submission),
        verdict=session.get(Verdict, submission.id)
        if concealed
        else ladder.verdict(session, submission),
        receipt=_without_hints(data) if concealed else data,
        result=None if concealed else _result(session, competition, submission, place),
        run_card=None if concealed else queries.run_card(session, submission.id),
        hidden_reason=hidden_reason,
        moderation_reason=None if concealed else _reason(session, submission),
        wait_note=pools.wait_note(session, submission),
    )


def of_new(
    session: Session, competition: Competition, participant: Participant, submission: Submission
) -> SubmissionReport:
    """The same of what has just been queued for the first time, in confidence: but for its place
    in the queue there is nothing of it yet to look up.
    """
    assert submission.id is not None
    return SubmissionReport(
        submission=submission,
        participant=participant,
        competition=competition,
        queue_position=turns.position(session, submission),
        verdict=None,
        receipt={},
        result=None,
        run_card=queries.run_card(session, submission.id),
        wait_note=pools.wait_note(session, submission),
    )


def _reason(session: Session, submission: Submission) -> str | None:
    """Why it is marked as it is; of what was held before it was withdrawn, nobody decides now."""
    return None if submission.moderation == WITHDRAWN else mark_of(session, submission).reason


def _without_hints(receipt: dict[str, Any]) -> dict[str, Any]:
    # A warning such as "as good as guessing" would say how it scored.
    return {name: value for name, value in receipt.items() if name != "warnings"}


def _result(
    session: Session, competition: Competition, submission: Submission, place: Place | None
) -> PublicResult | None:
    if submission.state != State.SCORED:
        return None
    score = session.get(Score, (submission.id, PUBLIC))
    if score is None:
        return None
    place = place or place_of(session, competition, submission.participant_id)
    details = disclosure.source(session, competition)
    figure, metrics = ladder.public_figures(competition, score)
    told = disclosure.told(metrics, score=figure, metric=competition.metric, of=details)
    has_place = ranking.ranks(competition, submission) and submission.moderation != HELD
    return PublicResult(
        score=figure,
        metrics={"split": PUBLIC, **told},
        practice_metrics=_practice_metrics(session, submission),
        details=details,
        rank=place.rank if has_place else None,
        tie=place.tie if has_place else None,
        holds_rank=place.best is not None and place.best.submission_id == submission.id,
        participants=place.participants,
        previous=standings.previous_best(session, submission),
        private_score=_private_score(session, competition, submission),
    )


def _practice_metrics(session: Session, submission: Submission) -> dict[str, Any] | None:
    if submission.kind != "model":
        return None
    # The figures alone: what it said of each image is many times as long.
    query = select(col(PracticeReading.metrics)).where(
        col(PracticeReading.submission_id) == submission.id
    )
    found = session.execute(query).scalar()
    return {"split": "practice", **found} if found is not None else None


def _private_score(
    session: Session, competition: Competition, submission: Submission
) -> float | None:
    if ranking.shown(competition).split != PRIVATE:
        return None
    score = session.get(Score, (submission.id, PRIVATE))
    return score.score if score is not None else None
