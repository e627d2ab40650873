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
from heldout_server.leaderboard import disclosure, ranking, standings, visibility
from heldout_server.leaderboard.disclosure import Source
from heldout_server.leaderboard.order import ORDER
from heldout_server.leaderboard.standings import Earlier
from heldout_server.models import (
    PRIVATE,
    PUBLIC,
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
from heldout_server.submissions.moderation import HELD, mark_of


@dataclass(frozen=True)
class PublicResult:
    """The public score and where its participant stands.

    `rank` is the participant's place on the board, None when they aren't on it or this submission
    can hold no place; `holds_rank` says whether it is this submission that holds the place.
    `private_score` is None until the reveal, and so is what is finer in `metrics`, over hidden
    examples; `practice_metrics` are the same figures over practice examples, None unless this is a
    model that has read them. `details` says whose are told in detail.
    """

    score: float
    metrics: dict[str, Any]
    practice_metrics: dict[str, Any] | None
    details: Source
    rank: int | None
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
    session: Session, submission: Submission, *, in_confidence: bool = False
) -> SubmissionReport:
    """Gather what everybody may see; `in_confidence`: what its participant and organizers may.

    How a submission did that came after the freeze, or is off the board, is between them.
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
        verdict=session.get(Verdict, submission.id),
        receipt=_without_hints(data) if concealed else data,
        result=None if concealed else _result(session, competition, submission),
        run_card=None if concealed else queries.run_card(session, submission.id),
        hidden_reason=hidden_reason,
        moderation_reason=None if concealed else mark_of(session, submission).reason,
        wait_note=pools.wait_note(session, submission),
    )


def _without_hints(receipt: dict[str, Any]) -> dict[str, Any]:
    # A warning such as "as good as guessing" would say how it scored.
    return {name: value for name, value in receipt.items() if name != "warnings"}


def _result(
    session: Session, competition: Competition, submission: Submission
) -> PublicResult | None:
    if submission.state != State.SCORED:
        return None
    score = session.get(Score, (submission.id, PUBLIC))
    if score is None:
        return None
    best = standings.best_of(session, submission.participant_id)
    details = disclosure.source(session, competition)
    told = disclosure.told(score.metrics, score=score.score, metric=competition.metric, of=details)
    has_place = ranking.ranks(competition, submission) and submission.moderation != HELD
    return PublicResult(
        score=score.score,
        metrics={"split": PUBLIC, **told},
        practice_metrics=_practice_metrics(session, submission),
        details=details,
        rank=standings.rank_of(session, best) if best is not None and has_place else None,
        holds_rank=best is not None and best.submission_id == submission.id,
        participants=standings.total(session, submission.competition_id),
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
