"""Joining by the school's sign-in: who somebody is is known, the gate stays each contest's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from heldout_server.competitions import queries as competitions
from heldout_server.kit.errors import ProblemError
from heldout_server.models import Competition, Joining, Participant, RosterEntry
from heldout_server.people import joining, persons, roster, roster_ties
from heldout_server.people.display import free_name
from heldout_server.people.joining import Entered
from heldout_server.people.names import display_name
from heldout_server.people.school import SchoolPerson

LETS_IN = frozenset({Joining.SCHOOL, Joining.SCHOOL_OR_CODE, Joining.OPEN})
"""Where the sign-in alone is enough."""


def enter(
    session: Session,
    who: SchoolPerson,
    *,
    slug: str,
    name: str = "",
    room: str = "",
    here: Participant | None = None,
    now: datetime,
) -> Entered:
    """Make a participant of whoever signed in, or know one again.

    Known is the account at the school; at first also the address, where one on the roster has it,
    or `here`: as whom they have signed in to this contest before by a code. Their personal code is
    told to newcomers alone. `name` is a nickname; `room` the room's code or an invite, where one is
    asked for. Raises ProblemError `not_found`, `forbidden`, `validation`, `conflict`.
    """
    competition = competitions.by_slug(session, slug)
    entry = _expected(session, competition, who.email)
    found = _known(session, competition, who, entry, here, now=now)
    if found is not None:
        return Entered(found, competition, "")
    return _newcomer(session, competition, who, entry, name, room, now=now)


def _known(
    session: Session,
    competition: Competition,
    who: SchoolPerson,
    entry: RosterEntry | None,
    here: Participant | None,
    *,
    now: datetime,
) -> Participant | None:
    found = persons.at_school(session, competition, who.key)
    if found is not None:
        return found
    if entry is not None and entry.participant_id is not None:
        came = session.get_one(Participant, entry.participant_id, with_for_update=True)
        return _give(session, persons.kept(session, came), who)
    if here is None or here.competition_id != competition.id or here.school_hash is not None:
        return None
    if entry is not None and not roster_ties.is_tied(session, here):
        roster_ties.tie(session, competition, entry, here, now=now)
    return _give(session, here, who)


def _give(session: Session, participant: Participant, who: SchoolPerson) -> Participant:
    """Let them sign in as this participant from now on."""
    if participant.school_hash is not None:
        raise ProblemError(
            "conflict",
            f"“{participant.name}” is who the roster has your address for, and has signed in with "
            "another account of the school.",
            "Talk to your organizers: they see on the roster who that is.",
        )
    participant.school_hash = who.key
    session.add(participant)
    session.flush()
    return participant


def _newcomer(
    session: Session,
    competition: Competition,
    who: SchoolPerson,
    entry: RosterEntry | None,
    name: str,
    room: str,
    *,
    now: datetime,
) -> Entered:
    elsewhere = _elsewhere(session, who)
    joining.check_in_good_standing(session, elsewhere)
    entry = _admitted(session, competition, who, entry, room)
    assert competition.id is not None
    shown = free_name(session, competition.id, _shown(competition, who, entry, name))
    known = next(iter(elsewhere), None)
    return joining.let_in(session, competition, entry, shown, known=known, school=who.key, now=now)


def _elsewhere(session: Session, who: SchoolPerson) -> Sequence[Participant]:
    """Who they are in other contests: the one joined last first, archived ones last."""
    query = (
        select(Participant)
        .join(Competition, col(Competition.id) == col(Participant.competition_id))
        .where(col(Participant.school_hash) == who.key, col(Participant.merged_into_id).is_(None))
        .order_by(col(Competition.archived_at).is_not(None), col(Participant.id).desc())
        .with_for_update(key_share=True, of=Participant)
    )
    return list(session.execute(query).scalars())


def _admitted(
    session: Session,
    competition: Competition,
    who: SchoolPerson,
    entry: RosterEntry | None,
    room: str,
) -> RosterEntry | None:
    """The entry of the roster that they come by, if any. Raises ProblemError for who may not."""
    if competition.archived_at is not None:
        raise ProblemError("forbidden", f"“{competition.title}” is over: nobody joins it any more.")
    if entry is not None:
        return entry
    invite = roster.by_invite(session, room, lock=True) if room.strip() else None
    if invite is not None or competition.joining not in LETS_IN | {Joining.ROSTER}:
        _check_room_is_told(competition, room)
        joining.opened_by(session, room, invite, competition.slug, field="room_code")
    elif competition.joining == Joining.ROSTER:
        raise _not_expected(who)
    return invite


def _check_room_is_told(competition: Competition, room: str) -> None:
    if not room.strip():
        raise ProblemError(
            "validation",
            f"“{competition.title}” asks for the room's code as well, the first time.",
            "Go back to its join page and type it above the button.",
            field="room_code",
        )


def _not_expected(who: SchoolPerson) -> ProblemError:
    mine = f"{who.email} isn't on it" if who.email else "your sign-in tells no address of yours"
    return ProblemError(
        "forbidden",
        f"Only people on the roster may join here, and {mine}.",
        "Ask your organizers to put your school's address on it, or for a personal invite.",
    )


def _shown(
    competition: Competition, who: SchoolPerson, entry: RosterEntry | None, name: str
) -> str:
    if competition.nicknames and name.strip():
        return display_name(name)
    return display_name(entry.name if entry is not None else who.name_on_a_board)


def _expected(session: Session, competition: Competition, email: str) -> RosterEntry | None:
    """The one entry of the roster with this address."""
    if not email:
        return None
    query = select(RosterEntry).where(
        col(RosterEntry.competition_id) == competition.id,
        func.lower(func.trim(RosterEntry.email)) == email,
    )
    found = session.execute(query.with_for_update()).scalars().all()
    return found[0] if len(found) == 1 else None
