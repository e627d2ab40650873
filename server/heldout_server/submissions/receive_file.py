"""Taking in the file of an opened submission: blob first, row second, work in the same commit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from heldout_server.acts import events
from heldout_server.acts.events import EventKind
from heldout_server.blobs import IncomingBlob
from heldout_server.jobs import ledger
from heldout_server.kit.errors import ProblemError
from heldout_server.models import Competition, Participant, RunCard, Step, Submission, Upload
from heldout_server.people import bans
from heldout_server.submissions import blob_references, queries
from heldout_server.submissions.announce import check_size
from heldout_server.submissions.quota import check_quota, sharers
from heldout_server.submissions.volume import megabytes

GRADE_POOL = "grade"


@dataclass(frozen=True)
class Accepted:
    """The submission that the file belongs to; `duplicate`: it was here before."""

    submission: Submission
    duplicate: bool


def first_step(kind: str, competition: Competition) -> tuple[Step, str]:
    """The first hop of this kind of submission, and the pool of workers that does it."""
    return (Step.PREDICT, competition.pool) if kind == "model" else (Step.PARSE, GRADE_POOL)


def find_upload(
    session: Session, participant: Participant, public_id: str, *, lock: bool = False
) -> Upload | Submission:
    """What `public_id` of this participant stands for now.

    Raises ProblemError `not_found`, also for what is somebody else's.
    """
    found = queries.by_public_id(session, public_id) or queries.upload_by_public_id(
        session, public_id, lock=lock
    )
    if found is None or found.participant_id != participant.id:
        raise ProblemError(
            "not_found",
            "No submission of yours has this id.",
            "An opened submission expires when its file doesn't come: submit again.",
        )
    return found


def check_received(upload: Upload, blob: IncomingBlob) -> None:
    """Raise ProblemError `validation` when the bytes aren't those that were announced."""
    if blob.size_bytes != upload.size_bytes:
        raise ProblemError(
            "validation",
            f"{megabytes(blob.size_bytes)} ({blob.size_bytes} bytes) arrived; "
            f"{upload.size_bytes} bytes were announced.",
            "The upload was cut short or the file changed meanwhile: submit it again.",
        )
    if upload.sha256 is not None and upload.sha256 != blob.sha256:
        raise ProblemError(
            "validation",
            "The file that arrived isn't the one announced: its SHA-256 differs.",
            "It changed on the way or on disk: submit it again.",
        )


def accept(
    session: Session,
    participant: Participant,
    competition: Competition,
    public_id: str,
    blob: IncomingBlob,
    *,
    model_sha256: str | None = None,
    model_name: str | None = None,
    now: datetime,
) -> Accepted:
    """Turn the upload into a queued submission, or into the twin that it repeats.

    `model_sha256` recognises a model that was saved again; `model_name` is what it is called when
    its participant gave it no name.

    A file that was announced while the competition was open counts even when its last byte
    arrives later. Raises ProblemError like `find_upload`, `check_received` and `check_quota`.
    """
    assert participant.id is not None
    queries.lock_participants(session, sharers(session, participant.id))
    _check_not_banned(session, participant)
    upload = find_upload(session, participant, public_id, lock=True)
    if isinstance(upload, Submission):
        return Accepted(upload, duplicate=True)
    check_received(upload, blob)
    check_size(competition, upload.kind, blob.size_bytes)
    twin = queries.twin(
        session, participant.id, upload.kind, blob.sha256, upload.preprocessing, model_sha256
    )
    if twin is not None:
        session.delete(upload)
        return Accepted(twin, duplicate=True)
    check_quota(session, competition, participant.id, now=now)
    blob_references.hold(session)
    submission = _submission(upload, blob.keep(), model_sha256, model_name, now=now)
    _store(session, competition, upload, submission, now=now)
    return Accepted(submission, duplicate=False)


def _check_not_banned(session: Session, participant: Participant) -> None:
    # Read again: an organizer may have decided since the upload began.
    bans.check(session.get_one(Participant, participant.id, populate_existing=True))


def _store(
    session: Session,
    competition: Competition,
    upload: Upload,
    submission: Submission,
    *,
    now: datetime,
) -> None:
    step, pool = first_step(upload.kind, competition)
    ledger.enqueue(session, submission, step=step, pool=pool)
    assert submission.id is not None
    if upload.run_card is not None:
        session.add(RunCard(submission_id=submission.id, card=upload.run_card))
    session.delete(upload)
    events.append(
        session,
        EventKind.QUEUED,
        competition_id=submission.competition_id,
        submission_id=submission.id,
        now=now,
    )


def _submission(
    upload: Upload,
    digest: str,
    model_sha256: str | None,
    model_name: str | None,
    *,
    now: datetime,
) -> Submission:
    return Submission(
        public_id=upload.public_id,
        participant_id=upload.participant_id,
        competition_id=upload.competition_id,
        idempotency_key=upload.idempotency_key,
        kind=upload.kind,
        # An upload without a name goes by its file's, which is "model.keras" for nearly all.
        name=upload.name if upload.name != upload.filename else model_name or upload.name,
        filename=upload.filename,
        size_bytes=upload.size_bytes,
        preprocessing=upload.preprocessing,
        sha256=digest,
        model_sha256=model_sha256,
        created_at=upload.created_at,
        queued_at=now,
    )
