"""One submission with all that is told beside its score: for a receipt, not for lists."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from heldout_server.leaderboard.submission_report import SubmissionReport, report
from heldout_server.models import FINAL_STATES, Submission
from heldout_server.runs.comparison import Comparison, comparison, interval
from heldout_server.submissions.quota import quota
from heldout_server.tasks import scores
from heldout_server.web.own_step import StepSources, own_step
from heldout_server.web.schemas.comparisons import ComparisonOut, IntervalOut, StepOut
from heldout_server.web.schemas.from_rows import report_out
from heldout_server.web.schemas.public import (
    QuotaOut,
    SubmissionOut,
)


def whole_submission_out(
    sources: StepSources, session: Session, submission: Submission, base_url: str, *, now: datetime
) -> SubmissionOut:
    """As its participant sees it; once it is final, with quota, margin and comparisons."""
    found = report(session, submission, in_confidence=True)
    shown = report_out(session, found, base_url)
    if submission.state not in FINAL_STATES:
        return shown
    return shown.model_copy(update=_beside_the_score(sources, session, found, now))


def comparison_out(beside: Comparison, metric: str) -> ComparisonOut:
    """The comparison with figures as people read them."""
    shown = ComparisonOut.model_validate(beside)
    for other in (shown.above, shown.below, shown.against):
        if other is not None:
            other.score_text = scores.text(other.score, metric)
            other.score = scores.figure(other.score, metric)
    return shown


def _beside_the_score(
    sources: StepSources, session: Session, found: SubmissionReport, now: datetime
) -> dict[str, IntervalOut | ComparisonOut | QuotaOut | None]:
    sure, beside, metric = interval(found), comparison(session, found), found.competition.metric
    told = comparison_out(beside, metric) if beside is not None else None
    if told is not None and (step := own_step(sources, session, found)) is not None:
        told.step = StepOut.model_validate(step)
    left = quota(session, found.competition, found.submission.participant_id, now=now)
    return {
        "interval": IntervalOut.model_validate(sure) if sure is not None else None,
        "comparison": told,
        "quota": QuotaOut.model_validate(left),
    }
