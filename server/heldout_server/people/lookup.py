"""The one participant whom a text names: as typed by an organizer in a hurry."""

from __future__ import annotations

from sqlmodel import Session

from heldout_server.kit.errors import ProblemError, printable
from heldout_server.models import Competition, Participant
from heldout_server.people import participants
from heldout_server.people.names import name_key
from heldout_server.people.participants import Wanted

ID = "p_"
MOST_NAMED = 5
LONGEST_NAMED = 200


def named(
    session: Session, competition: Competition, text: str, *, field: str = "who"
) -> Participant:
    """By public id, by display name, or by part of a name, an e-mail address or a reference.

    Somebody who is called exactly so is meant, whoever else matches. Raises ProblemError
    `not_found` for nobody, `conflict` for several.
    """
    wanted = printable(text, LONGEST_NAMED)
    if not wanted:
        raise ProblemError("validation", "Nobody is named.", "Type a name.", field=field)
    if wanted.startswith(ID):
        return participants.by_public_id(session, competition, wanted, lock=True)
    found = participants.page(session, competition, Wanted(search=wanted), limit=200)
    people = [account.participant for account in found]
    exact = [person for person in people if person.name_key == name_key(wanted)]
    chosen = exact or people
    if len(chosen) == 1:
        return chosen[0]
    if not chosen:
        raise ProblemError(
            "not_found",
            f"Nobody here is called “{printable(wanted, 60)}”.",
            "Names, e-mail addresses and references are looked through.",
            field=field,
        )
    names = ", ".join(person.name for person in chosen[:MOST_NAMED])
    raise ProblemError(
        "conflict",
        f"“{printable(wanted, 60)}” fits {len(chosen)} people: {names}.",
        "Type the whole name.",
        field=field,
    )
