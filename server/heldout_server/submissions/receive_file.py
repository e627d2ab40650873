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
from heldout_server.submissions.announce import Terms, check_size, known_or_admitted
from heldout_server.submissions.quota import check_quota, sharers
from heldout_server.submissions.volume import megabytes

GRADE_POOL = "grade"


@dataclass(frozen=True)
class Accepted:
    """The submission that the file belongs to; `duplicate`: other bytes or another key made it,
    and it was here before.
    """

    submission: Submission
    duplicate: bool
    is_new: bool = False


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


@dataclass(frozen=True)
class Received:
    """A file that is here, and which model it is, if it is one."""

    blob: IncomingBlob
    model_sha256: str | None
    model_name: str | None


def accept(
    session: Session,
    participant: Participant,
    competition: Competition,
    public_id: str,
    received: Received,
    *,
    now: datetime,
) -> Accepted:
    """Turn the upload into a queued submission; a duplicate answers with the earlier one.

    A file that was announced while the competition was open counts even when its last byte
    arrives later. Raises ProblemError like `find_upload`, `check_received` and `check_quota`.
    """
    participant = _locked(session, participant)
    upload = find_upload(session, participant, public_id, lock=True)
    if isinstance(upload, Submission):
        return Accepted(upload, duplicate=True)
    twin = _twin(session, competition, upload, received)
    if twin is not None:
        return twin
    check_quota(session, competition, upload.participant_id, now=now)
    return _keep(session, competition, upload, received, now=now)


def open_and_accept(
    session: Session,
    participant: Participant,
    competition: Competition,
    upload: Upload,
    received: Received,
    *,
    terms: Terms,
    now: datetime,
) -> Accepted:
    """The same for an upload that is no row yet: opened as of when it was announced.

    Raises ProblemError like `known_or_admitted`, too.
    """
    participant = _locked(session, participant)
    known = known_or_admitted(
        session, participant, competition, upload, terms=terms, now=upload.created_at
    )
    if known is not None and known.submission is not None:
        return Accepted(known.submission, duplicate=known.duplicate, is_new=False)
    opened = known.upload if known is not None and known.upload is not None else upload
    twin = _twin(session, competition, opened, received)
    if twin is not None:
        return twin
    if known is not None:  # opened by another request meanwhile, which reserves nothing
        check_quota(session, competition, opened.participant_id, now=now)
    return _keep(session, competition, opened, received, now=now)


def _locked(session: Session, participant: Participant) -> Participant:
    """The participant as they are now: an organizer may have decided since the upload began.

    Raises ProblemError `forbidden`.
    """
    assert participant.id is not None
    queries.lock_participants(session, sharers(session, participant.id))
    found = session.get_one(Participant, participant.id, populate_existing=True)
    bans.check(found)
    return found


def _twin(
    session: Session, competition: Competition, upload: Upload, received: Received
) -> Accepted | None:
    """The earlier submission that these bytes, or a model that was saved again, repeat."""
    blob = received.blob
    check_received(upload, blob)
    check_size(competition, upload.kind, blob.size_bytes)
    twin = queries.twin(
        session, upload.participant_id, upload.kind, blob.sha256, upload.preprocessing,
        received.model_sha256,
    )  # fmt: skip
    if twin is None:
        return None
    _forget(session, upload)
    return Accepted(twin, duplicate=True)


def _keep(
    session: Session, competition: Competition, upload: Upload, received: Received, *, now: datetime
) -> Accepted:
    blob_references.hold(session)
    submission = _submission(upload, received, now=now)
    _store(session, competition, upload, submission, now=now)
    return Accepted(submission, duplicate=False, is_new=True)


def _forget(session: Session, upload: Upload) -> None:
    if upload.id is not None:
        session.delete(upload)


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
    _forget(session, upload)
    events.append(
        session,
        EventKind.QUEUED,
        competition_id=submission.competition_id,
        submission_id=submission.id,
        now=now,
    )


def _submission(upload: Upload, received: Received, *, now: datetime) -> Submission:
    return Submission(
        public_id=upload.public_id,
        participant_id=upload.participant_id,
        competition_id=upload.competition_id,
        idempotency_key=upload.idempotency_key,
        kind=upload.kind,
        # An upload without a name goes by its file's, which is "model.keras" for nearly all.
        name=upload.name if upload.name != upload.filename else received.model_name or upload.name,
        filename=upload.filename,
        size_bytes=upload.size_bytes,
        preprocessing=upload.preprocessing,
        sha256=received.blob.keep(),
        model_sha256=received.model_sha256,
        created_at=upload.created_at,
        queued_at=now,
    )
