"""Who is expected: imported as names or a CSV file, invited by personal codes, exported again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlmodel import Session, col

from heldout_server.acts.audit_log import Target
from heldout_server.acts.registry import (
    COMPETITION,
    ActContext,
    Ids,
    NoFields,
    Performed,
    Subject,
    act,
)
from heldout_server.competitions.codes import compared, new_invite
from heldout_server.kit.errors import ProblemError
from heldout_server.models import Competition, Participant, RosterEntry
from heldout_server.models.base import public_id
from heldout_server.people import lookup, roster_ties
from heldout_server.people.names import name_key, remembered
from heldout_server.people.roster_file import Line, parsed
from heldout_server.people.tokens import token_hash


class LinkIn(BaseModel):
    """Who came: their participant id, or their name."""

    participant: str = Field(max_length=100, title="Participant")


@dataclass(frozen=True)
class Invited:
    """A roster entry with the personal code that is shown only now."""

    entry: RosterEntry
    invite: str


@dataclass(frozen=True)
class Imported:
    """What an import did: who is `linked` had come with the room's code; `invited` are the other
    new ones.
    """

    added: int
    invited: tuple[Invited, ...]
    linked: tuple[RosterEntry, ...]
    updated: int
    unchanged: int


@dataclass(frozen=True)
class Foreseen:
    """What an import would do; `updated` are lines with the entry that they would change.

    `linked`: under which name somebody has come already, by the name on the roster. `crowded`:
    teams that would have more members than a team may have, with how many.
    """

    added: tuple[Line, ...]
    updated: tuple[tuple[Line, RosterEntry], ...]
    unchanged: int
    linked: dict[str, str]
    crowded: dict[str, int]


def foresee(session: Session, competition: Competition, text: str) -> Foreseen:
    """What `import_roster` would do with this file; nothing is changed.

    Raises ProblemError `validation` with the line that is wrong.
    """
    lines = parsed(text)
    known = _known(session, competition)
    found = [(line, next((known[k] for k in _keys(line) if k in known), None)) for line in lines]
    added = tuple(line for line, entry in found if entry is None)
    updated = tuple((line, e) for line, e in found if e is not None and _differs(e, line))
    replaced = {entry.id: line.team for line, entry in updated}
    stay = [replaced.get(entry.id, entry.team_name) for entry in _entries(session, competition)]
    return Foreseen(
        added,
        updated,
        len(lines) - len(added) - len(updated),
        _foreseen_links(session, competition, added),
        _crowded(competition, [*stay, *(line.team for line in added)]),
    )


def _find(context: ActContext, ids: Ids) -> RosterEntry:
    return by_public_id(context.session, context.competition, ids["entry_id"])


def _target(context: ActContext, entry: RosterEntry) -> Target:
    return Target("roster_entry", entry.public_id, entry.competition_id)


ENTRY = Subject(RosterEntry, "/competitions/{slug}/roster/{entry_id}", _find, _target)


@act(
    "roster.import", COMPETITION, str, answers=Imported, words="imported a roster",
    done="{result.added} added, {result.updated} updated, {result.unchanged} unchanged.",
)  # fmt: skip
def import_roster(context: ActContext, competition: Competition, text: str) -> Imported:
    """Add and update the people in a text, all or none; nobody is removed. Who has come with the
    room's code under the very name of one of them is linked.

    The same file again changes nothing: people are known by reference, else e-mail, else name.
    Raises ProblemError `validation` with the line that is wrong.
    """
    session, now = context.session, context.now
    lines = parsed(text)
    known = _known(session, competition)
    invited, updated = [], 0
    for line in lines:
        entry = next((known[key] for key in _keys(line) if key in known), None)
        if entry is None:
            invited.append(_add(session, competition, line, now=now))
            known |= dict.fromkeys(_keys(line), invited[-1].entry)
        else:
            updated += _update(session, entry, line)
    session.flush()
    linked = _link_certain(session, competition, now=now)
    new = [one for one in invited if one.entry not in linked]
    unchanged = len(lines) - len(invited) - updated
    if invited or updated or linked:
        context.record(None, {"added": len(invited), "updated": updated, "linked": len(linked)})
    return Imported(len(invited), tuple(new), tuple(linked), updated, unchanged)


@act(
    "roster.invite", ENTRY, NoFields, answers=Invited, words="made a new invite",
    done="A new invite for “{subject.name}”, shown this once; the one before is worthless.",
)  # fmt: skip
def invite_again(context: ActContext, entry: RosterEntry, given: NoFields) -> Invited:
    """A new personal invite, shown only here; the one before stops working. Has no inverse."""
    if entry.participant_id is not None:
        raise ProblemError(
            "conflict",
            f"“{entry.name}” has joined already.",
            "Give them a new personal code instead.",
        )
    invited = _invite(entry)
    context.session.add(entry)
    context.session.flush()
    context.record(None, None)
    return invited


def _linked(done: Performed[RosterEntry, LinkIn]) -> str:
    who = done.context.session.get_one(Participant, done.subject.participant_id)
    return f"“{who.name}” is “{done.subject.name}” on the roster now."


@act(
    "roster.link", ENTRY, LinkIn, label="Link",
    words="said who somebody on the roster is", done=_linked,
)  # fmt: skip
def link_to_roster(context: ActContext, entry: RosterEntry, given: LinkIn) -> None:
    """Say that this participant is who the entry means; its invite is worthless from then on.

    Inverse: take the entry off the roster and import it again.
    """
    session, competition = context.session, context.competition
    person = lookup.named(session, competition, given.participant, field="participant")
    if entry.participant_id == person.id:
        return
    roster_ties.check_free(session, entry, person)
    roster_ties.tie(session, competition, entry, person, now=context.now)
    context.record(None, {"participant": person.public_id})


@act(
    "roster.remove", ENTRY, NoFields, route="DELETE ", status=204, label="Remove",
    words="took somebody off the roster",
    done="“{subject.name}” is off the roster. Importing them again brings them back.",
)  # fmt: skip
def remove_from_roster(context: ActContext, entry: RosterEntry, given: NoFields) -> None:
    """Take somebody off the roster; who has joined stays in. Inverse: import them again."""
    context.record({"entry": entry.public_id, "joined": entry.participant_id is not None}, None)
    context.session.delete(entry)
    context.session.flush()


def by_invite(session: Session, code: str, *, lock: bool = False) -> RosterEntry | None:
    """The entry that this personal invite was made for; `lock` holds it until the commit."""
    wanted = compared(code)
    if not wanted:
        return None
    query = select(RosterEntry).where(col(RosterEntry.invite_hash) == token_hash(wanted))
    query = query.with_for_update() if lock else query
    return session.execute(query).scalar_one_or_none()


def by_public_id(session: Session, competition: Competition, entry_id: str) -> RosterEntry:
    """An entry of this competition's roster. Raises ProblemError `not_found`."""
    query = select(RosterEntry).where(
        col(RosterEntry.competition_id) == competition.id, col(RosterEntry.public_id) == entry_id
    )
    found: RosterEntry | None = session.execute(query).scalar_one_or_none()
    if found is None:
        raise ProblemError("not_found", "There is nobody with this id on the roster.")
    return found


def page(
    session: Session, competition: Competition, *, limit: int | None, after: int = 0
) -> Sequence[tuple[RosterEntry, Participant | None]]:
    """Entries with ids above `after`, each with who came; `limit` None: all of them."""
    query = (
        select(RosterEntry, Participant)
        .outerjoin(Participant, col(Participant.id) == col(RosterEntry.participant_id))
        .where(col(RosterEntry.competition_id) == competition.id, col(RosterEntry.id) > after)
        .order_by(col(RosterEntry.id))
        .limit(limit)
    )
    return [(entry, participant) for entry, participant in session.execute(query)]


def _known(session: Session, competition: Competition) -> dict[tuple[str, str], RosterEntry]:
    found: dict[tuple[str, str], RosterEntry] = {}
    for entry in _entries(session, competition):
        line = Line(entry.name, entry.email, entry.reference, entry.team_name)
        found |= dict.fromkeys(_keys(line), entry)
    return found


def _entries(session: Session, competition: Competition) -> Sequence[RosterEntry]:
    query = select(RosterEntry).where(col(RosterEntry.competition_id) == competition.id)
    return session.execute(query.order_by(col(RosterEntry.id))).scalars().all()


def _foreseen_links(
    session: Session, competition: Competition, added: Sequence[Line]
) -> dict[str, str]:
    expected = [e.name for e in _entries(session, competition) if e.participant_id is None]
    names = [*expected, *(line.name for line in added)]
    who = roster_ties.certain(names, roster_ties.strangers(session, competition))
    return {name: who[remembered(name)].name for name in names if remembered(name) in who}


def _link_certain(
    session: Session, competition: Competition, *, now: datetime
) -> list[RosterEntry]:
    """Tie who has come under the very name of one who is expected; the entries of those."""
    expected = [e for e in _entries(session, competition) if e.participant_id is None]
    found = roster_ties.strangers(session, competition)
    who = roster_ties.certain((e.name for e in expected), found)
    linked = [entry for entry in expected if remembered(entry.name) in who]
    for entry in linked:
        roster_ties.tie(session, competition, entry, who[remembered(entry.name)], now=now)
    return linked


def _crowded(competition: Competition, teams: Sequence[str]) -> dict[str, int]:
    """Teams with more members on the roster than a team may have."""
    names = {name_key(team): team for team in teams if team}
    members = Counter(name_key(team) for team in teams if team)
    return {names[k]: n for k, n in members.items() if n > competition.team_size}


def _keys(line: Line) -> list[tuple[str, str]]:
    """How somebody is known again: by the best that the file says of them."""
    if line.reference:
        return [("reference", line.reference.casefold())]
    if line.email:
        return [("email", line.email.casefold())]
    return [("name", name_key(line.name))]


def _add(session: Session, competition: Competition, line: Line, *, now: datetime) -> Invited:
    assert competition.id is not None
    entry = RosterEntry(
        public_id=public_id("r"),
        competition_id=competition.id,
        name=line.name,
        name_key=name_key(line.name),
        email=line.email,
        reference=line.reference,
        team_name=line.team,
        created_at=now,
    )
    invited = _invite(entry)
    session.add(entry)
    return invited


def _update(session: Session, entry: RosterEntry, line: Line) -> bool:
    if not _differs(entry, line):
        return False
    entry.name, entry.name_key = line.name, name_key(line.name)
    entry.email, entry.reference, entry.team_name = line.email, line.reference, line.team
    session.add(entry)
    return True


def _differs(entry: RosterEntry, line: Line) -> bool:
    before = (entry.name, entry.email, entry.reference, entry.team_name)
    return before != (line.name, line.email, line.reference, line.team)


def _invite(entry: RosterEntry) -> Invited:
    code = new_invite()
    entry.invite_hash = token_hash(compared(code))
    return Invited(entry, code)
