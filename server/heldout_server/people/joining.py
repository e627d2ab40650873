"""Joining a competition, and knowing people again by their tokens."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from heldout_server.competitions import queries as competitions
from heldout_server.kit.errors import ProblemError
from heldout_server.models import Competition, Joining, Participant, RosterEntry
from heldout_server.models.base import public_id
from heldout_server.people import personal_codes, roster, roster_ties, sign_ins
from heldout_server.people.display import check_free, taken
from heldout_server.people.look_alikes import skeleton
from heldout_server.people.names import display_name, name_key
from heldout_server.people.personal_codes import TypedCode
from heldout_server.people.tokens import PARTICIPANT_PREFIX, new_token, token_hash

IF_THAT_IS_YOU = (
    "If that is you, join with your personal code in place of the room's (an organizer can give "
    "you a new one); otherwise choose another name."
)


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
    admit: Callable[[], None] | None = None,
) -> Entered:
    """Make a participant, or know one again by their personal code, whatever `name` says then.

    Otherwise `code` is the competition's, or an invite of its roster; where joining is open, the
    competition's slug. With `slug`, only that competition's will do. `admit` is called before
    somebody without an invite is let in, and may refuse. Raises ProblemError `forbidden` (no such
    code), `conflict` (a used invite), `duplicate_name` or `validation`.
    """
    known = _kept(session, personal_codes.holder(session, code, lock=True))
    if known is not None:
        return _again(session, known, code, slug)
    entry = roster.by_invite(session, code.text, lock=True)
    competition = _opened_by(session, code.text, entry, slug)
    shown = _display_name(competition, entry, name)
    assert competition.id is not None
    check_free(session, competition.id, shown, hint=IF_THAT_IS_YOU)
    if entry is None and admit is not None:
        admit()
    entered = _newcomer(session, competition, shown, now=now)
    if entry is not None:
        roster_ties.tie(session, competition, entry, entered.participant, now=now)
    return entered


def _again(session: Session, known: Participant, code: TypedCode, slug: str | None) -> Entered:
    competition = session.get_one(Competition, known.competition_id)
    if slug not in {None, competition.slug}:
        raise _opens_nothing()
    return Entered(known, competition, code.shown)


def _newcomer(session: Session, competition: Competition, shown: str, *, now: datetime) -> Entered:
    assert competition.id is not None
    token = new_token(PARTICIPANT_PREFIX)
    participant = Participant(
        public_id=public_id("p"),
        competition_id=competition.id,
        name=shown,
        name_key=name_key(shown),
        look_key=skeleton(shown),
        token_hash=token_hash(token),
        joined_at=now,
    )
    code = personal_codes.give(session, participant)
    try:
        session.flush()
    except IntegrityError:
        raise taken(shown, IF_THAT_IS_YOU) from None  # two people, one name, the same instant
    return Entered(participant, competition, code, token)


def _opened_by(
    session: Session, code: str, entry: RosterEntry | None, slug: str | None
) -> Competition:
    if entry is not None and entry.participant_id is not None:
        raise ProblemError(
            "conflict",
            "This invite has been used.",
            "Join with the personal code that was shown then; organizers can give you a new one.",
        )
    found = (
        session.get_one(Competition, entry.competition_id)
        if entry is not None
        else competitions.by_join_code(session, code) or _open_to_all(session, slug or code)
    )
    if found is None or found.archived_at is not None or slug not in {None, found.slug}:
        raise _opens_nothing()
    if entry is None and found.joining == Joining.ROSTER:
        raise ProblemError(
            "forbidden",
            "Only people on the roster may join here.",
            "Use the personal invite that the organizers sent you.",
        )
    return found


def _opens_nothing() -> ProblemError:
    return ProblemError(
        "forbidden",
        "That join code opens no competition here.",
        "Check it against the one on the projector, or against your personal one (the newest "
        "counts); capitals and dashes don't matter.",
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
    query = select(Participant).where(col(Participant.token_hash) == wanted)
    found = session.execute(query).scalar_one_or_none()
    if found is not None and hmac.compare_digest(found.token_hash, wanted):
        return _kept(session, found)
    return _kept(session, sign_ins.of_token(session, token))


def by_browser(session: Session, secret: str, *, now: datetime) -> Participant | None:
    """The participant whose browser this is."""
    return _kept(session, sign_ins.of_browser(session, secret, now=now))


def _kept(session: Session, found: Participant | None) -> Participant | None:
    """Somebody's second account opens the one that was kept."""
    if found is None or found.merged_into_id is None:
        return found
    return session.get(Participant, found.merged_into_id)


def count(session: Session, competition_id: int) -> int:
    """How many people joined, somebody's second accounts not counted."""
    query = select(func.count()).where(
        col(Participant.competition_id) == competition_id,
        col(Participant.merged_into_id).is_(None),
    )
    number: int = session.execute(query).scalar_one()
    return number
