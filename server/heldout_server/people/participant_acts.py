"""What organizers mend for one participant: name, token, time, submissions on top of the quota."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, Field

from heldout_server.acts import events
from heldout_server.acts.audit_log import Target
from heldout_server.acts.registry import (
    ActContext,
    Ids,
    NoFields,
    Performed,
    Secret,
    Subject,
    act,
    changed_since,
)
from heldout_server.competitions.schedule_acts import ExtendIn, check_minutes
from heldout_server.kit.errors import printable
from heldout_server.kit.formats import counted
from heldout_server.models import AuditEntry, Grant, Participant
from heldout_server.models.base import public_id
from heldout_server.people import account_merge, display, participants, personal_codes
from heldout_server.people.names import clean_name, display_name
from heldout_server.people.participants import LONGEST_REASON, PARTICIPANT, target_of
from heldout_server.people.tokens import PARTICIPANT_PREFIX, new_token, token_hash

LARGEST_GRANT = 1000


class NameIn(BaseModel):
    """A new name."""

    name: str = Field(max_length=200, title="Name on the board", examples=["Ada"])


class GrantIn(BaseModel):
    """Submissions on top of today's quota and of the total."""

    extra: int = Field(1, ge=1, le=LARGEST_GRANT, title="How many")
    reason: str = Field(
        "",
        max_length=LONGEST_REASON,
        title="Why",
        description="For the log.",
        examples=["the projector failed"],
    )


class CodeIn(BaseModel):
    """Whether they are signed out everywhere as well: after a theft."""

    sign_out: bool = False


@dataclass(frozen=True)
class NewCode:
    """A personal code that is shown only now."""

    personal_code: str


@dataclass(frozen=True)
class NewToken(NewCode):
    """A token and a personal code that are shown only now."""

    token: str


def _put_name_back(context: ActContext, entry: AuditEntry) -> None:
    person = target_of(context, entry)
    if person.name != _facts(entry.after)["name"]:
        raise changed_since(entry)
    name = str(_facts(entry.before)["name"])
    participants.check_free(context.session, person, name)
    _call(context, person, name)


@act(
    "participant.rename", PARTICIPANT, NameIn, route="PATCH ", label="Rename",
    words="renamed a participant", inverse=_put_name_back, done="They are “{subject.name}” now.",
)  # fmt: skip
def rename_participant(context: ActContext, person: Participant, given: NameIn) -> None:
    """Give somebody another display name. Inverse: the old one, which the audit log has."""
    shown, before = clean_name(given.name), person.name
    if shown == before:
        return
    participants.check_free(context.session, person, display_name(shown))
    _call(context, person, shown)
    context.record({"name": before}, {"name": shown})


def _call(context: ActContext, person: Participant, name: str) -> None:
    display.give(context.session, person, name)
    context.session.add(person)
    context.session.flush()
    events.tell_board(context.session, [person], now=context.now)


def _code(done: Performed[Participant, Any]) -> Secret:
    note = (
        "Tell it to them alone: on the join page and in heldout.join it takes the place of the "
        "room's code. The old one has stopped working."
    )
    return Secret(f"Personal code of {done.subject.name}", done.result.personal_code, note)


def _token(done: Performed[Participant, Any]) -> Secret:
    note = "For scripts. The old ones have stopped working."
    return Secret(f"Token of {done.subject.name}", done.result.token, note)


@act(
    "participant.reset_token", PARTICIPANT, NoFields, route="POST /token",
    label="Sign out everywhere", is_bad=True, words="signed a participant out everywhere",
    answers=NewToken, secrets=lambda done: (_code(done), _token(done)),
    done="“{subject.name}” is signed out everywhere. What is new is shown this once.",
)  # fmt: skip
def reset_participant_token(context: ActContext, person: Participant, given: NoFields) -> NewToken:
    """A new token and personal code, shown only here; they are signed out everywhere: for a stolen
    phone, or a code that others have seen. Has no inverse.
    """
    account_merge.sign_out(context.session, person)
    token = new_token(PARTICIPANT_PREFIX)
    person.token_hash = token_hash(token)
    code = personal_codes.give(context.session, person)
    context.record(None, None)
    return NewToken(token=token, personal_code=code)


@act(
    "participant.renew_code", PARTICIPANT, CodeIn, route="POST /code", label="New personal code",
    words="gave a participant a new personal code", answers=NewCode,
    secrets=lambda done: (_code(done),),
    done="A new personal code for “{subject.name}”, shown this once.",
)  # fmt: skip
def renew_participant_code(context: ActContext, person: Participant, given: CodeIn) -> NewCode:
    """A new personal code for whoever lost theirs, shown only here; the old one stops working.
    Machines stay signed in unless `sign_out` says otherwise. Has no inverse.
    """
    if given.sign_out:
        account_merge.sign_out(context.session, person)
    code = personal_codes.give(context.session, person)
    context.record(None, {"signed_out": given.sign_out})
    return NewCode(code)


def _put_extra_time_back(context: ActContext, entry: AuditEntry) -> None:
    person = target_of(context, entry)
    if person.extra_minutes != _facts(entry.after)["extra_minutes"]:
        raise changed_since(entry)
    person.extra_minutes = int(str(_facts(entry.before)["extra_minutes"]))
    context.session.add(person)
    context.session.flush()


@act(
    "participant.extend", PARTICIPANT, ExtendIn, route="POST /extend", label="Give time",
    words="gave one participant time", inverse=_put_extra_time_back,
    done="“{subject.name}” has {subject.extra_minutes} min after the closing time. "
    "As many minutes less take it back.",
)  # fmt: skip
def extend_participant(context: ActContext, person: Participant, given: ExtendIn) -> None:
    """Give one participant minutes after the closing time. Send an Idempotency-Key: a second
    click adds nothing then. Inverse: as many minutes less.
    """
    check_minutes(given.minutes)
    before = {"extra_minutes": person.extra_minutes}
    person.extra_minutes = max(person.extra_minutes + given.minutes, 0)
    context.session.add(person)
    context.record(before, {"extra_minutes": person.extra_minutes})


def _take_grant_back(context: ActContext, entry: AuditEntry) -> None:
    person = target_of(context, entry)
    granted = str(_facts(entry.after)["grant"])
    given = participants.grant_by_public_id(context.session, person, granted)
    if given.revoked_at is not None:
        raise changed_since(entry)
    given.revoked_at = context.now
    context.session.add(given)
    context.session.flush()


def _granted_before(context: ActContext, person: Participant, entry: AuditEntry) -> Grant:
    granted = str(_facts(entry.after)["grant"])
    return participants.grant_by_public_id(context.session, person, granted)


def _granted(done: Performed[Participant, GrantIn]) -> str:
    return f"“{done.subject.name}” may send {counted(done.given.extra, 'submission')} more."


@act(
    "participant.grant", PARTICIPANT, GrantIn, route="POST /grants", status=201, answers=Grant,
    again=_granted_before, label="Grant submissions", words="granted submissions",
    inverse=_take_grant_back, done=_granted,
)  # fmt: skip
def grant_submissions(context: ActContext, person: Participant, given: GrantIn) -> Grant:
    """Give submissions on top of today's quota and of the total. Send an Idempotency-Key: a
    second click gives nothing then. Inverse: delete the grant.
    """
    assert person.id is not None
    made = Grant(
        public_id=public_id("g"),
        participant_id=person.id,
        extra=given.extra,
        reason=printable(given.reason, LONGEST_REASON),
        created_at=context.now,
    )
    context.session.add(made)
    context.session.flush()
    context.record(None, {"grant": made.public_id, "extra": made.extra, "reason": made.reason})
    return made


def _find_grant(context: ActContext, ids: Ids) -> Grant:
    person = PARTICIPANT.find(context, ids)
    return participants.grant_by_public_id(context.session, person, ids["grant_id"])


def _whose(context: ActContext, given: Grant) -> Target:
    return Target.participant(context.session.get_one(Participant, given.participant_id))


GRANT = Subject(Grant, f"{PARTICIPANT.path}/grants/{{grant_id}}", _find_grant, _whose)


@act(
    "participant.revoke_grant", GRANT, NoFields, route="DELETE ", label="Take back",
    words="took a grant back", done="The grant is taken back; what was submitted with it stays.",
)  # fmt: skip
def revoke_grant(context: ActContext, grant: Grant, given: NoFields) -> None:
    """Take a grant back; what was submitted with it stays. Inverse: grant again."""
    if grant.revoked_at is None:
        grant.revoked_at = context.now
        context.session.add(grant)
        context.record({"grant": grant.public_id, "extra": grant.extra}, None)


def _facts(found: Mapping[str, object] | None) -> Mapping[str, object]:
    return found or {}
