"""One submission with all that is told beside its score: for a receipt, not for lists."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from heldout_server.leaderboard.submission_report import SubmissionReport, report
from heldout_server.models import FINAL_STATES, Submission
from heldout_server.runs.comparison import comparison, interval
from heldout_server.submissions.quota import quota
from heldout_server.web.schemas.comparisons import ComparisonOut, IntervalOut
from heldout_server.web.schemas.from_rows import report_out
from heldout_server.web.schemas.public import (
    QuotaOut,
    SubmissionOut,
)


def whole_submission_out(
    session: Session, submission: Submission, base_url: str, *, now: datetime
) -> SubmissionOut:
    """As its participant sees it; once it is final, with quota, margin and comparisons."""
    found = report(session, submission, in_confidence=True)
    shown = report_out(found, base_url)
    if submission.state not in FINAL_STATES:
        return shown
    return shown.model_copy(update=_beside_the_score(session, found, now))


def _beside_the_score(
    session: Session, found: SubmissionReport, now: datetime
) -> dict[str, IntervalOut | ComparisonOut | QuotaOut | None]:
    sure, beside = interval(found), comparison(session, found)
    left = quota(session, found.competition, found.submission.participant_id, now=now)
    return {
        "interval": IntervalOut.model_validate(sure) if sure is not None else None,
        "comparison": ComparisonOut.model_validate(beside) if beside is not None else None,
        "quota": QuotaOut.model_validate(left),
    }
