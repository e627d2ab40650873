"""Joining a competition, and knowing people again by their tokens."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from heldout_server.competitions import queries as competitions
from heldout_server.kit.errors import ProblemError
from heldout_server.models import Competition, Joining, Participant, RosterEntry
from heldout_server.models.base import public_id
from heldout_server.people import display, personal_codes, persons, roster, roster_ties, sign_ins
from heldout_server.people.display import check_free, free_name, taken
from heldout_server.people.look_alikes import skeleton
from heldout_server.people.names import display_name, name_key
from heldout_server.people.personal_codes import TypedCode
from heldout_server.people.tokens import PARTICIPANT_PREFIX, new_token, token_hash

IF_THAT_IS_YOU = (
    "If that is you, join with your personal code in place of the room's (an organizer can give "
    "you a new one); otherwise choose another name."
)


_REFUSES_CODES: dict[str, tuple[str, str]] = {
    Joining.ROSTER: (
        "Only people on the roster may join here.",
        "Use the personal invite that the organizers sent you.",
    ),
    Joining.SCHOOL: (
        "People join here by signing in with the school, not with a code.",
        "Sign in on the join page; it shows a personal code, which notebooks take.",
    ),
}


@dataclass(frozen=True)
class Entered:
    """Who somebody is now, with the personal code that is shown only now.

    `is_new` is false for somebody who was here already and typed it. `first_token` is a
    newcomer's.
    """

    participant: Participant
    competition: Competition
    personal_code: str
    first_token: str | None = None

    @property
    def is_new(self) -> bool:
        """Whether they weren't here before."""
        return self.first_token is not None


def token_of(session: Session, entered: Entered, *, now: datetime) -> str:
    """A token for the machine that they are on, shown only now; their others stay signed in."""
    return entered.first_token or sign_ins.on_machine(session, entered.participant, now=now)


def enter(
    session: Session,
    *,
    code: TypedCode,
    name: str,
    now: datetime,
    slug: str | None = None,
    room: str = "",
    admit: Callable[[], None] | None = None,
) -> Entered:
    """Make a participant, or know one again by their personal code, whatever `name` says then.

    Otherwise `code` is the competition's, or an invite of its roster; where joining is open, the
    competition's slug. With `slug`, only that competition's will do; a personal code of another
    contest then makes the same person a participant here, who shows `room`, this one's code or an
    invite, where it isn't open to all. `admit` is called before a stranger without an invite is
    let in, and may refuse. Raises ProblemError `forbidden` (no such code), `conflict` (a used
    invite), `duplicate_name`, `not_found` or `validation`.
    """
    holders = personal_codes.holders(session, code, lock=True)
    if holders:
        return _again(session, holders, code, slug, room, now=now)
    entry = roster.by_invite(session, code.text, lock=True)
    competition = opened_by(session, code.text, entry, slug)
    shown = _display_name(competition, entry, name)
    assert competition.id is not None
    check_free(session, competition.id, shown, hint=IF_THAT_IS_YOU)
    if entry is None and admit is not None:
        admit()
    return let_in(session, competition, entry, shown, now=now)


def _again(
    session: Session,
    holders: Sequence[Participant],
    code: TypedCode,
    slug: str | None,
    room: str,
    *,
    now: datetime,
) -> Entered:
    wanted = competitions.by_slug(session, slug).id if slug is not None else None
    here = next((h for h in holders if wanted in {None, h.competition_id}), None)
    if here is None:
        assert slug is not None
        return _from_elsewhere(session, holders, code, slug, room, now=now)
    kept = _kept(session, here) or here
    return Entered(kept, session.get_one(Competition, kept.competition_id), code.shown)


def _from_elsewhere(
    session: Session,
    holders: Sequence[Participant],
    code: TypedCode,
    slug: str,
    room: str,
    *,
    now: datetime,
) -> Entered:
    check_in_good_standing(session, holders)
    competition, known = competitions.by_slug(session, slug), holders[0]
    if known.school_hash is not None:
        same = persons.at_school(session, competition, known.school_hash)
        if same is not None:
            return Entered(same, competition, "")
        if competition.joining == Joining.SCHOOL and competition.archived_at is None:
            return _brought_along(session, competition, None, known, code, now=now)
    _check_room_is_told(competition, room)
    entry = roster.by_invite(session, room, lock=True) if room else None
    opened_by(session, room, entry, slug, field="room_code")
    return _brought_along(session, competition, entry, known, code, now=now)


def _brought_along(
    session: Session,
    competition: Competition,
    entry: RosterEntry | None,
    known: Participant,
    code: TypedCode,
    *,
    now: datetime,
) -> Entered:
    assert competition.id is not None
    shown = _display_name(competition, entry, known.name)
    shown = free_name(session, competition.id, shown)
    entered = let_in(session, competition, entry, shown, known=known, now=now)
    return replace(entered, personal_code=code.shown)


def check_in_good_standing(session: Session, holders: Sequence[Participant]) -> None:
    """Raise ProblemError `forbidden` for who is banned from another contest."""
    for each in holders:
        if each.banned_at is not None:
            title = session.get_one(Competition, each.competition_id).title
            raise ProblemError(
                "forbidden",
                f"You are banned from “{title}”, so it opens no other contest to you.",
                "Talk to the organizers: they can take it back.",
            )


def _check_room_is_told(competition: Competition, room: str) -> None:
    if room.strip() or competition.joining == Joining.OPEN:
        return
    if competition.joining == Joining.SCHOOL:
        raise ProblemError("forbidden", *_REFUSES_CODES[Joining.SCHOOL])
    what = "invite" if competition.joining == Joining.ROSTER else "room's code"
    raise ProblemError(
        "validation",
        f"“{competition.title}” asks for its own {what} once, besides your personal code.",
        f"Give the {what} as well: name and personal code stay yours.",
        field="room_code",
    )


def let_in(
    session: Session,
    competition: Competition,
    entry: RosterEntry | None,
    shown: str,
    *,
    known: Participant | None = None,
    school: str | None = None,
    now: datetime,
) -> Entered:
    """Make the participant `shown`, for whom the gate is open: whoever is `known` in another
    contest, or has the account `school` at the school.

    Raises ProblemError `duplicate_name` when somebody took the name or the account just now.
    """
    entered = _newcomer(session, competition, shown, known, school, now=now)
    if entry is not None:
        roster_ties.tie(session, competition, entry, entered.participant, now=now)
    return entered


def _newcomer(
    session: Session,
    competition: Competition,
    shown: str,
    known: Participant | None,
    school: str | None,
    *,
    now: datetime,
) -> Entered:
    assert competition.id is not None
    token = new_token(PARTICIPANT_PREFIX)
    participant = Participant(
        public_id=public_id("p"),
        competition_id=competition.id,
        name=shown,
        name_key=name_key(shown),
        look_key=skeleton(shown),
        pseudonym=display.free_pseudonym(session, competition.id),
        token_hash=token_hash(token),
        school_hash=school,
        joined_at=now,
    )
    code = ""
    if known is None:
        code = personal_codes.give(session, participant)
    else:
        persons.link(session, known, participant)
    try:
        session.flush()
    except IntegrityError:
        raise taken(shown, IF_THAT_IS_YOU) from None  # two people, one name, the same instant
    return Entered(participant, competition, code, token)


def opened_by(
    session: Session,
    code: str,
    entry: RosterEntry | None,
    slug: str | None,
    *,
    field: str = "code",
) -> Competition:
    """The competition that `code`, which was typed into `field`, lets in: an invite with `entry`.

    Raises ProblemError `forbidden`, and `conflict` for an invite that was used.
    """
    if entry is not None and entry.participant_id is not None:
        raise ProblemError(
            "conflict",
            "This invite has been used.",
            "Join with the personal code that was shown then; organizers can give you a new one.",
            field=field,
        )
    found = (
        session.get_one(Competition, entry.competition_id)
        if entry is not None
        else competitions.by_join_code(session, code) or _open_to_all(session, slug or code)
    )
    if found is None or found.archived_at is not None or slug not in {None, found.slug}:
        raise _opens_nothing(field)
    if entry is None and found.joining in _REFUSES_CODES:
        raise ProblemError("forbidden", *_REFUSES_CODES[found.joining], field=field)
    return found


def _opens_nothing(field: str) -> ProblemError:
    return ProblemError(
        "forbidden",
        "That join code opens no competition here.",
        "Check it against the one on the projector, or against your personal one (the newest "
        "counts); capitals and dashes don't matter.",
        field=field,
    )


def _open_to_all(session: Session, slug: str) -> Competition | None:
    found = next((c for c in competitions.current(session) if c.slug == slug), None)
    return found if found is not None and found.joining == Joining.OPEN else None


def _display_name(competition: Competition, entry: RosterEntry | None, name: str) -> str:
    if entry is None:
        return display_name(name)
    return display_name(name) if competition.nicknames and name.strip() else entry.name


def by_token(session: Session, token: str) -> Participant | None:
    """The participant who holds this token, of whichever of their machines."""
    wanted = token_hash(token)
    found = session.execute(_by_token(), {"wanted": wanted}).scalar_one_or_none()
    if found is not None and hmac.compare_digest(found.token_hash, wanted):
        return _kept(session, found)
    return _kept(session, sign_ins.of_token(session, token))


@cache
def _by_token() -> Select[Any]:
    """Made once, since each request of a client asks it."""
    return select(Participant).where(col(Participant.token_hash) == bindparam("wanted"))


def by_browser(session: Session, secret: str, *, now: datetime) -> Participant | None:
    """The participant whose browser this is."""
    return _kept(session, sign_ins.of_browser(session, secret, now=now))


def _kept(session: Session, found: Participant | None) -> Participant | None:
    """Somebody's second account opens the one that was kept."""
    return persons.kept(session, found) if found is not None else None


def count(session: Session, competition_id: int) -> int:
    """How many people joined, somebody's second accounts not counted."""
    query = select(func.count()).where(
        col(Participant.competition_id) == competition_id,
        col(Participant.merged_into_id).is_(None),
    )
    number: int = session.execute(query).scalar_one()
    return number
