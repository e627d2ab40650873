"""Everything that is kept of one participant, for themselves to download."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from heldout_server.leaderboard.submission_report import report
from heldout_server.models import (
    Competition,
    Grant,
    Participant,
    RosterEntry,
    SignIn,
    Submission,
    Upload,
)
from heldout_server.people import team_members

SHOWN = {
    "public_id", "name", "kind", "filename", "size_bytes", "sha256", "preprocessing", "state",
    "moderation", "chosen_at", "created_at", "queued_at", "finished_at",
}  # fmt: skip
HIDDEN = {
    "id", "competition_id", "token_hash", "code_hash", "name_key", "look_key", "team_id",
    "merged_into_id",
}  # fmt: skip


def everything_about(session: Session, participant: Participant) -> dict[str, Any]:
    """As JSON values: who they are here, what they sent, how it went. No private score before the
    reveal, no token and no code (only hashes are kept), no file (the address of each is theirs).
    """
    competition = session.get_one(Competition, participant.competition_id)
    team = team_members.team_of(session, participant)
    return {
        "competition": competition.slug,
        "participant": participant.model_dump(mode="json", exclude=HIDDEN),
        "team": team.name if team else None,
        "roster": [_plain(entry) for entry in _of(session, RosterEntry, participant)],
        "grants": [_plain(grant) for grant in _of(session, Grant, participant)],
        "signed_in": [_plain(each) for each in _of(session, SignIn, participant)],
        "opened": [_plain(upload) for upload in _of(session, Upload, participant)],
        "submissions": [_submission(session, s) for s in _of(session, Submission, participant)],
    }


def _of(session: Session, table: Any, participant: Participant) -> list[Any]:
    query = select(table).where(col(table.participant_id) == participant.id)
    return list(session.execute(query.order_by(col(table.id))).scalars())


def _plain(row: Any) -> dict[str, Any]:
    hidden = {"id", "competition_id", "participant_id", "name_key", "invite_hash", "secret_hash"}
    plain: dict[str, Any] = row.model_dump(mode="json", exclude=hidden)
    return plain


def _submission(session: Session, submission: Submission) -> dict[str, Any]:
    found = report(session, submission, in_confidence=True)
    result = found.result
    return {
        **submission.model_dump(mode="json", include=SHOWN),
        "verdict": found.verdict.model_dump(exclude={"submission_id"}) if found.verdict else None,
        "score": result.score if result else None,
        "private_score": result.private_score if result else None,
        "metrics": result.metrics if result else None,
        "practice_metrics": result.practice_metrics if result else None,
        "receipt": found.receipt,
        "run_card": found.run_card,
    }
