"""Opening a submission: every cheap refusal happens here, before a byte of the file is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath

from sqlmodel import Session

from heldout_server.competitions import schedule
from heldout_server.competitions.preparation import preparation
from heldout_server.jobs import ledger
from heldout_server.kit.errors import NOTHING_IN_IT, ProblemError, printable
from heldout_server.models import Competition, Participant, Submission, Upload
from heldout_server.models.base import public_id
from heldout_server.people import bans
from heldout_server.submissions import queries
from heldout_server.submissions.quota import check_attempts, check_quota, sharers
from heldout_server.submissions.volume import check_volume, megabytes

LONGEST_NAME = 120
LONGEST_FILENAME = 200
FULL_QUEUE_SECONDS = 30


@dataclass(frozen=True)
class Announcement:
    """What a client says of a file that it wants to send."""

    kind: str
    name: str | None
    filename: str
    size_bytes: int
    preprocessing: str
    sha256: str | None
    run_card: dict[str, object] | None
    idempotency_key: str


@dataclass(frozen=True)
class Terms:
    """What the server can take right now.

    `models_refused` is the reason why no model can be run, if there is one; `patience` is how
    long an opened submission waits for its file; `bytes_per_day` is what one participant may send
    in the room's day, 0 for any amount.
    """

    patience: timedelta
    queue_length: int
    models_refused: str | None
    bytes_per_day: int = 0


@dataclass(frozen=True)
class Opened:
    """Either an upload to fill, or the submission that is already there."""

    upload: Upload | None = None
    submission: Submission | None = None
    duplicate: bool = False

    @property
    def is_new(self) -> bool:
        """Whether nothing was known of it before."""
        return self.upload is not None and not self.duplicate


def open_submission(
    session: Session,
    participant: Participant,
    competition: Competition,
    announced: Announcement,
    *,
    terms: Terms,
    now: datetime,
) -> Opened:
    """Open an upload, or find what the same key or the same bytes already made.

    Raises ProblemError as `known_or_admitted`.
    """
    upload = announced_upload(participant, competition, announced, terms=terms, now=now)
    # One participant's openings follow one another, or fifty at once would each see room.
    queries.lock_participants(session, sharers(session, upload.participant_id))
    known = known_or_admitted(session, participant, competition, upload, terms=terms, now=now)
    if known is not None:
        return known
    session.add(upload)
    session.flush()
    return Opened(upload=upload)


def known_or_admitted(
    session: Session,
    participant: Participant,
    competition: Competition,
    upload: Upload,
    *,
    terms: Terms,
    now: datetime,
) -> Opened | None:
    """What the same key or the same bytes already made; None: the file would be taken now.

    Writes nothing and locks nothing. Raises ProblemError: `forbidden competition_closed
    competition_paused not_open_yet kind_not_accepted file_empty file_too_large quota_exceeded
    rate_limited unavailable`.
    """
    known = _known(session, upload)
    if known is not None:
        return known
    bans.check(participant)
    check_size(competition, upload.kind, upload.size_bytes)
    schedule.check_open(competition, now, extra=timedelta(minutes=participant.extra_minutes))
    _check_machinery(session, upload.kind, terms)
    check_attempts(session, competition, upload.participant_id, now=now)
    check_quota(session, competition, upload.participant_id, now=now)
    check_volume(
        session, competition, upload.participant_id, upload.size_bytes,
        limit_bytes=terms.bytes_per_day, now=now,
    )  # fmt: skip
    return None


def check_size(competition: Competition, kind: str, size_bytes: int) -> None:
    """Raise ProblemError `kind_not_accepted`, `file_empty` or `file_too_large`."""
    if kind not in competition.kinds:
        accepted = " and ".join(competition.kinds)
        raise ProblemError(
            "kind_not_accepted",
            f"“{competition.title}” takes {accepted}, not “{printable(kind, 40)}”.",
        )
    if size_bytes == 0:
        raise ProblemError("file_empty", "The file is empty.", NOTHING_IN_IT)
    limit = limit_bytes(competition, kind)
    if size_bytes > limit:
        raise ProblemError(
            "file_too_large",
            f"The file has {megabytes(size_bytes)}; the limit here is {megabytes(limit)}.",
            "A smaller model does the job: fewer than a million parameters are often enough."
            if kind == "model"
            else "One row of labels or numbers for each example is all that is needed.",
            limit_bytes=limit,
        )


def check_ready(
    session: Session,
    participant: Participant,
    competition: Competition,
    *,
    terms: Terms,
    now: datetime,
) -> None:
    """Whether a file of theirs would be taken now, whatever is in it: asked before it is read.

    Opening the submission asks again. Raises ProblemError as that does.
    """
    assert participant.id is not None
    bans.check(participant)
    schedule.check_open(competition, now, extra=timedelta(minutes=participant.extra_minutes))
    _check_room(session, terms)
    check_quota(session, competition, participant.id, now=now)


def most_bytes(competition: Competition) -> int:
    """The largest file of any kind that is taken here."""
    return max(limit_bytes(competition, kind) for kind in competition.kinds)


def _check_machinery(session: Session, kind: str, terms: Terms) -> None:
    if kind == "model" and terms.models_refused is not None:
        raise ProblemError(
            "kind_not_accepted",
            f"Models can't be scored on this server right now: {terms.models_refused}.",
            "Submit predictions instead: client.submit(model.predict(x)), with x made from "
            "client.data().x_test as in training.",
        )
    _check_room(session, terms)


def _check_room(session: Session, terms: Terms) -> None:
    if ledger.counts(session)["waiting"] >= terms.queue_length:
        raise ProblemError(
            "unavailable",
            f"{terms.queue_length} submissions are waiting already.",
            "Your file is fine: submit it again in a minute.",
            retry_after_seconds=FULL_QUEUE_SECONDS,
        )


def limit_bytes(competition: Competition, kind: str) -> int:
    """The largest file of this kind, in bytes."""
    return competition.model_bytes if kind == "model" else competition.predictions_bytes


def _known(session: Session, new: Upload) -> Opened | None:
    submission = queries.by_key(session, new.participant_id, new.idempotency_key)
    if submission is not None:
        return Opened(submission=submission)
    upload = queries.upload_by_key(session, new.participant_id, new.idempotency_key)
    if upload is not None:
        return Opened(upload=upload, duplicate=True)
    if new.sha256 is None:
        return None
    twin = queries.twin(session, new.participant_id, new.kind, new.sha256, new.preprocessing)
    return Opened(submission=twin, duplicate=True) if twin is not None else None


def announced_upload(
    participant: Participant,
    competition: Competition,
    announced: Announcement,
    *,
    terms: Terms,
    now: datetime,
) -> Upload:
    """What was announced, as a row that is in no session yet. Raises ProblemError `validation`."""
    filename = clean_filename(announced.filename)
    assert participant.id is not None
    return Upload(
        public_id=public_id("s"),
        participant_id=participant.id,
        competition_id=participant.competition_id,
        idempotency_key=announced.idempotency_key,
        kind=announced.kind,
        name=printable(announced.name or "", LONGEST_NAME) or filename,
        filename=filename,
        size_bytes=announced.size_bytes,
        preprocessing=preparation(competition, announced.preprocessing),
        sha256=announced.sha256,
        run_card=announced.run_card,
        created_at=now,
        expires_at=now + terms.patience,
    )


def clean_filename(filename: str) -> str:
    """The last part of the name, printable; only ever shown, never used as a path."""
    last = PurePosixPath(filename.replace("\\", "/")).name
    return printable(last, LONGEST_FILENAME) or "file"
