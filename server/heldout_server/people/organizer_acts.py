"""Who may organize: added, given a role and tokens, locked out. Only owners decide."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel, Field
from sqlalchemy import func, select
from sqlmodel import Session, col

from heldout_server.acts.audit_log import Target
from heldout_server.acts.registry import (
    SERVER,
    ActContext,
    Ids,
    NoFields,
    Performed,
    Secret,
    Subject,
    act,
)
from heldout_server.kit.errors import ProblemError, printable
from heldout_server.models import Organizer, OrganizerToken, Role
from heldout_server.models.base import public_id
from heldout_server.people import organizers
from heldout_server.people.names import clean_name, name_key
from heldout_server.people.school import LONGEST_ADDRESS, tidy_address
from heldout_server.people.tokens import ORGANIZER_PREFIX, new_token, token_hash

LONGEST_LABEL = 60
FIRST_LABEL = "first token"
KEEP_IT = "Give it to them in person; whoever has it is an organizer."


class OrganizerIn(BaseModel):
    """A new organizer."""

    name: str = Field(max_length=200, title="Name", examples=["Grace"])
    role: Role = Field(Role.HELPER, title="Role", examples=["helper"])
    email: str = Field(
        "", max_length=LONGEST_ADDRESS, title="E-mail address at the school",
        description="Whoever the school says has it signs in as them.",
        examples=["grace@example.edu"],
    )  # fmt: skip


class RoleIn(BaseModel):
    """What somebody shall be."""

    role: Role = Field(examples=["owner"])


class AddressIn(BaseModel):
    """Their address at the school; empty takes it away."""

    email: str = Field(
        "", max_length=LONGEST_ADDRESS, title="E-mail address at the school",
        examples=["grace@example.edu"],
    )  # fmt: skip


class TokenIn(BaseModel):
    """What a new token is for."""

    label: str = Field("token", max_length=200, examples=["the laptop at the projector"])


@dataclass(frozen=True)
class NewOrganizer:
    """A new organizer and the token that is shown only now."""

    organizer: Organizer
    token: str


@dataclass(frozen=True)
class NewToken:
    """A token's row, and the token, which is shown only now."""

    row: OrganizerToken
    token: str


def _find(context: ActContext, ids: Ids) -> Organizer:
    return organizers.by_public_id(context.session, ids["organizer_id"])


def _target(context: ActContext, organizer: Organizer) -> Target:
    return organizers.target_of(organizer)


def _find_token(context: ActContext, ids: Ids) -> OrganizerToken:
    return organizers.token_of(context.session, _find(context, ids), ids["token_id"])


def _whose(context: ActContext, token: OrganizerToken) -> Target:
    return organizers.target_of(context.session.get_one(Organizer, token.organizer_id))


ORGANIZER = Subject(Organizer, "/organizers/{organizer_id}", _find, _target)
TOKEN = Subject(OrganizerToken, f"{ORGANIZER.path}/tokens/{{token_id}}", _find_token, _whose)


def _first_token(done: Performed[None, OrganizerIn]) -> tuple[Secret, ...]:
    return (Secret(f"Token of {done.result.organizer.name}", done.result.token, KEEP_IT),)


@act(
    "organizer.add", SERVER, OrganizerIn, route="POST /organizers", role=Role.OWNER, status=201,
    answers=NewOrganizer, label="Add", words="added an organizer", secrets=_first_token,
    done=lambda done: f"{_is_now(done.result.organizer)} The token is shown this once.",
)  # fmt: skip
def add_organizer(context: ActContext, server: None, given: OrganizerIn) -> NewOrganizer:
    """Make an organizer. The token in the answer is shown only once. Inverse: revoke them."""
    shown = clean_name(given.name)
    if organizers.by_name(context.session, shown) is not None:
        raise ProblemError(
            "duplicate_name",
            f"There is an organizer called “{shown}” already.",
            "Give them another token, or choose another name.",
        )
    organizer = Organizer(
        public_id=public_id("o"),
        name=shown,
        name_key=name_key(shown),
        role=given.role,
        email=_free_address(context.session, given.email),
        created_at=context.now,
    )
    context.session.add(organizer)
    context.session.flush()
    first = _new_token(context, organizer, FIRST_LABEL)
    after = {"name": shown, "role": given.role, "email": organizer.email}
    context.record(None, after, target=organizers.target_of(organizer))
    return NewOrganizer(organizer, first.token)


@act(
    "organizer.set_role", ORGANIZER, RoleIn, route="PATCH ", role=Role.OWNER, label="Role",
    words="changed a role", done=lambda done: _is_now(done.subject),
)  # fmt: skip
def set_role(context: ActContext, organizer: Organizer, given: RoleIn) -> None:
    """Make somebody owner or helper; the last owner stays one."""
    if organizer.role == given.role:
        return
    _check_another_owner(context.session, organizer)
    before, organizer.role = {"role": organizer.role}, given.role
    context.session.add(organizer)
    context.record(before, {"role": given.role})


def _may_sign_in(done: Performed[Organizer, AddressIn]) -> str:
    who = done.subject
    if not who.email:
        return f"Nobody signs in with the school as “{who.name}” any more."
    return f"Whoever the school says has {who.email} signs in as “{who.name}”."


@act(
    "organizer.set_email", ORGANIZER, AddressIn, route="PUT /email", role=Role.OWNER,
    label="Address at the school", words="set an organizer's address at the school",
    done=_may_sign_in,
)  # fmt: skip
def set_organizer_email(context: ActContext, organizer: Organizer, given: AddressIn) -> None:
    """Say by which address somebody signs in with the school, or by none. Whoever did so before is
    signed out and forgotten. Inverse: set it back.
    """
    address = _free_address(context.session, given.email, besides=organizer)
    before, organizer.email = organizer.email, address
    if organizer.school_hash is not None:
        organizer.school_hash = None
        organizers.end_sessions(context.session, organizer)
    context.session.add(organizer)
    context.record({"email": before}, {"email": address})


@act(
    "organizer.revoke", ORGANIZER, NoFields, route="DELETE ", role=Role.OWNER,
    label="End their access", is_bad=True, words="ended an organizer's access",
    done="“{subject.name}” has no access any more: tokens, password and browsers ended.",
)  # fmt: skip
def revoke_organizer(context: ActContext, organizer: Organizer, given: NoFields) -> None:
    """End somebody's access: tokens, password, sign-ins, the address at the school. Has no inverse:
    add them anew.
    """
    if organizer.revoked_at is not None:
        return
    _check_another_owner(context.session, organizer)
    organizer.revoked_at, organizer.password_hash = context.now, None
    organizer.email, organizer.school_hash = "", None
    context.session.add(organizer)
    organizers.revoke_tokens(context.session, organizer, now=context.now)
    organizers.end_sessions(context.session, organizer)
    context.record({"name": organizer.name, "role": organizer.role}, None)


def _another_token(done: Performed[Organizer, TokenIn]) -> tuple[Secret, ...]:
    return (Secret(f"Token of {done.subject.name}", done.result.token, KEEP_IT),)


@act(
    "organizer.add_token", ORGANIZER, TokenIn, route="POST /tokens", role=Role.OWNER, status=201,
    answers=NewToken, label="New token", words="made a token", secrets=_another_token,
    done="Another token for “{subject.name}”, shown this once.",
)  # fmt: skip
def add_token(context: ActContext, organizer: Organizer, given: TokenIn) -> NewToken:
    """Give somebody another token, shown only in this answer."""
    label = printable(given.label, LONGEST_LABEL) or "token"
    made = _new_token(context, organizer, label)
    context.record(None, {"token": made.row.public_id, "label": label})
    return made


@act(
    "organizer.revoke_token", TOKEN, NoFields, route="DELETE ", role=Role.OWNER, label="Revoke",
    is_bad=True, words="revoked a token", done="The token “{subject.label}” is worthless now.",
)  # fmt: skip
def revoke_token(context: ActContext, token: OrganizerToken, given: NoFields) -> None:
    """Make one token worthless. Has no inverse: make another."""
    if token.revoked_at is None:
        token.revoked_at = context.now
        context.session.add(token)
        context.record({"token": token.public_id, "label": token.label}, None)


def _free_address(session: Session, text: str, *, besides: Organizer | None = None) -> str:
    """The address as compared. Raises ProblemError `validation`; `conflict` if somebody has it."""
    address = tidy_address(text)
    if text.strip() and not address:
        raise ProblemError(
            "validation", "That is no e-mail address.", "Such as grace@example.edu.", field="email"
        )
    others = [one for one in organizers.all_organizers(session) if one is not besides]
    taken = next((one for one in others if address and one.email == address), None)
    if taken is not None:
        raise ProblemError("conflict", f"“{taken.name}” has this address already.", field="email")
    return address


def _is_now(organizer: Organizer) -> str:
    role = "an owner" if organizer.role == Role.OWNER else "a helper"
    return f"“{organizer.name}” is {role} now."


def _new_token(context: ActContext, organizer: Organizer, label: str) -> NewToken:
    assert organizer.id is not None
    token = new_token(ORGANIZER_PREFIX)
    row = OrganizerToken(
        public_id=public_id("k"),
        organizer_id=organizer.id,
        label=label,
        token_hash=token_hash(token),
        created_at=context.now,
    )
    context.session.add(row)
    context.session.flush()
    return NewToken(row, token)


def _check_another_owner(session: Session, organizer: Organizer) -> None:
    query = select(func.count()).where(
        col(Organizer.role) == Role.OWNER,
        col(Organizer.revoked_at).is_(None),
        col(Organizer.id) != organizer.id,
    )
    if organizer.role == Role.OWNER and session.execute(query).scalar_one() == 0:
        raise ProblemError(
            "conflict",
            f"“{organizer.name}” is the last owner.",
            "Make somebody else an owner first.",
        )
