"""A run card that is sent after its submission, or instead of an earlier one.

A card never decides over a score, so its participant may replace it while the competition runs.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session

from heldout_server.acts import events
from heldout_server.acts.events import EventKind
from heldout_server.competitions import schedule
from heldout_server.kit.errors import ProblemError
from heldout_server.models import Competition, Participant, RunCard, Submission, Upload
from heldout_server.people import bans
from heldout_server.runs.cards import CardRefusedError, clean_card
from heldout_server.runs.record_runs import record_again
from heldout_server.submissions.moderation import PURGED
from heldout_server.submissions.receive_file import find_upload


def replace_card(
    session: Session,
    participant: Participant,
    competition: Competition,
    public_id: str,
    card: dict[str, object],
    *,
    now: datetime,
) -> Submission | Upload:
    """Put `card` in the place of the one that this submission of theirs has, if any.

    The class's runs follow. Raises ProblemError `validation` for a card that can't be kept (the
    earlier one stays), `not_found`, `forbidden`, or like `schedule.check_open`.
    """
    bans.check(participant)
    schedule.check_open(competition, now, extra=timedelta(minutes=participant.extra_minutes))
    kept = _cleaned(card)
    found = find_upload(session, participant, public_id, lock=True)
    if isinstance(found, Upload):
        found.run_card = kept
        session.flush()
        return found
    if found.moderation == PURGED:
        raise ProblemError("not_found", "The organizers have removed this submission for good.")
    _replace(session, found, kept, now=now)
    return found


def _cleaned(card: dict[str, object]) -> dict[str, object]:
    try:
        return clean_card(card)
    except CardRefusedError as refused:
        raise ProblemError("validation", str(refused)) from None


def _replace(
    session: Session, submission: Submission, card: dict[str, object], *, now: datetime
) -> None:
    assert submission.id is not None
    session.merge(RunCard(submission_id=submission.id, card=card))
    session.flush()
    if record_again(session, submission):
        # Awards, the map and its figures may rest on the card.
        events.append(
            session,
            EventKind.BOARD_CHANGED,
            competition_id=submission.competition_id,
            now=now,
        )
