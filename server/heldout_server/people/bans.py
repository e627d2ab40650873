"""Banning somebody, and letting them back."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from heldout_server.acts import events
from heldout_server.acts.registry import ActContext, NoFields, act, changed_since
from heldout_server.kit.errors import ProblemError, printable
from heldout_server.models import AuditEntry, Participant
from heldout_server.people.participants import LONGEST_REASON, PARTICIPANT, target_of


class BanIn(BaseModel):
    """Why; the participant reads it."""

    reason: str = Field(
        "",
        max_length=LONGEST_REASON,
        title="Why",
        description="They read it.",
        examples=["the test labels were in the upload"],
    )


def _let_back(context: ActContext, entry: AuditEntry) -> None:
    person = target_of(context, entry)
    if person.banned_at is None:
        raise changed_since(entry)
    _set(context, person, None, "")


def _ban_again(context: ActContext, entry: AuditEntry) -> None:
    person = target_of(context, entry)
    if person.banned_at is not None:
        raise changed_since(entry)
    _set(context, person, context.now, str((entry.before or {}).get("reason", "")))


@act(
    "participant.ban", PARTICIPANT, BanIn, route="POST /ban", label="Ban", is_bad=True,
    words="banned a participant", inverse=_let_back,
    done="“{subject.name}” is off the board. “Let them back” on this page undoes it.",
)  # fmt: skip
def ban_participant(context: ActContext, person: Participant, given: BanIn) -> None:
    """Take all their rows off the board and refuse what they send. Nothing is deleted.

    Inverse: unban.
    """
    if person.banned_at is None:
        _set(context, person, context.now, printable(given.reason, LONGEST_REASON))
        context.record(None, {"reason": person.ban_reason})


@act(
    "participant.unban", PARTICIPANT, NoFields, route="POST /unban", label="Let them back",
    words="let a participant back", inverse=_ban_again,
    done="“{subject.name}” is back, with everything they had sent.",
)  # fmt: skip
def unban_participant(context: ActContext, person: Participant, given: NoFields) -> None:
    """Let somebody back, with everything they had sent. Inverse: ban."""
    if person.banned_at is not None:
        before = {"reason": person.ban_reason}
        _set(context, person, None, "")
        context.record(before, None)


def check(participant: Participant) -> None:
    """Raise ProblemError `forbidden` for somebody whom the organizers have banned."""
    if participant.banned_at is not None:
        reason = f": {participant.ban_reason}" if participant.ban_reason else ""
        raise ProblemError(
            "forbidden",
            f"The organizers have banned you from this competition{reason}.",
            "Talk to them: they can take it back.",
        )


def _set(context: ActContext, person: Participant, since: datetime | None, reason: str) -> None:
    person.banned_at, person.ban_reason = since, reason
    context.session.add(person)
    context.session.flush()
    events.tell_board(context.session, [person], now=context.now)
