"""Everything that is kept of one participant, for themselves to download."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from heldout_server.leaderboard.submission_report import Place, place_of, report
from heldout_server.models import (
    Competition,
    Drawing,
    Grant,
    Participant,
    RosterEntry,
    SignIn,
    Submission,
    Upload,
)
from heldout_server.people import team_members
from heldout_server.tasks import scores

SHOWN = {
    "public_id", "name", "kind", "filename", "size_bytes", "sha256", "preprocessing", "state",
    "moderation", "chosen_at", "created_at", "queued_at", "finished_at",
}  # fmt: skip
DRAWN = {"public_id", "prompt", "strokes", "state", "hidden_at", "consents", "created_at"}
HIDDEN = {
    "id", "competition_id", "token_hash", "code_hash", "school_hash", "name_key", "look_key",
    "team_id", "merged_into_id", "person",
}  # fmt: skip


def everything_about(session: Session, participant: Participant) -> dict[str, Any]:
    """As JSON values: who they are here, what they sent, how it went. No private score before the
    reveal, no token and no code (only hashes are kept), no file (the address of each is theirs).
    """
    competition = session.get_one(Competition, participant.competition_id)
    team = team_members.team_of(session, participant)
    place = place_of(session, competition, participant.id or 0)
    return {
        "competition": competition.slug,
        "participant": participant.model_dump(mode="json", exclude=HIDDEN),
        "team": team.name if team else None,
        "roster": [_plain(entry) for entry in _of(session, RosterEntry, participant)],
        "grants": [_plain(grant) for grant in _of(session, Grant, participant)],
        "signed_in": [_plain(each) for each in _of(session, SignIn, participant)],
        "opened": [_plain(upload) for upload in _of(session, Upload, participant)],
        "drawings": [
            one.model_dump(mode="json", include=DRAWN) for one in _of(session, Drawing, participant)
        ],
        "submissions": [
            _submission(session, one, place) for one in _of(session, Submission, participant)
        ],
    }


def _of(session: Session, table: Any, participant: Participant) -> list[Any]:
    query = select(table).where(col(table.participant_id) == participant.id)
    return list(session.execute(query.order_by(col(table.id))).scalars())


def _plain(row: Any) -> dict[str, Any]:
    hidden = {"id", "competition_id", "participant_id", "name_key", "invite_hash", "secret_hash"}
    plain: dict[str, Any] = row.model_dump(mode="json", exclude=hidden)
    return plain


def _submission(session: Session, submission: Submission, place: Place) -> dict[str, Any]:
    found = report(session, submission, in_confidence=True, place=place)
    result, metric = found.result, found.competition.metric
    return {
        **submission.model_dump(mode="json", include=SHOWN),
        "verdict": found.verdict.model_dump(exclude={"submission_id"}) if found.verdict else None,
        "score": scores.figure(result.score, metric) if result else None,
        "private_score": scores.figure(result.private_score, metric) if result else None,
        "metric": metric,
        "direction": scores.direction(metric).value,
        "metrics": result.metrics if result else None,
        "practice_metrics": result.practice_metrics if result else None,
        "receipt": found.receipt,
        "run_card": found.run_card,
    }
