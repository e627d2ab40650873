"""Personal codes: short ones that say who somebody is, on whatever machine they are typed.

They are stored stretched only. A code has 42 bits, which is plenty against guessing over the
network, and too few for a plain hash once somebody has a copy of the database.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session, col

from heldout_server.competitions.codes import (
    PERSONAL_LETTERS,
    grouped,
    new_personal_code,
    personal_letters,
)
from heldout_server.models import Competition, Participant
from heldout_server.people import persons

# About 3 ms and 1 MiB: what any other request costs, and years of a graphics card for all codes.
COST, BLOCK = 2**10, 8
SALT = b"heldout personal code"
"""One for all: a code has to be found by its hash alone."""


@dataclass(frozen=True)
class TypedCode:
    """A code as somebody typed it; `digest` when it may be a personal one."""

    text: str
    digest: str | None

    @property
    def shown(self) -> str:
        """A personal code in capitals, with its dashes."""
        letters = personal_letters(self.text)
        return grouped(letters, PERSONAL_LETTERS) if letters is not None else self.text


def typed(text: str) -> TypedCode:
    """Stretch what may be a personal code: before a transaction begins, as it takes a while."""
    letters = personal_letters(text)
    return TypedCode(text, _stretched(letters) if letters is not None else None)


def give(session: Session, participant: Participant) -> str:
    """A new code, which is returned and can't be read again; whichever this person had before stop
    working, in every contest that they are in, those of merged accounts as well.
    """
    code = new_personal_code()
    theirs = persons.accounts(session, participant)
    for each in theirs:
        each.code_hash = None
    digest = typed(code).digest
    for each in persons.opened(theirs):
        each.code_hash = digest
    session.add_all(theirs)
    return code


def holders(session: Session, code: TypedCode, *, lock: bool = False) -> list[Participant]:
    """Whose code this is: a person in each contest that they are in, archived ones last, and
    before that the one joined last first.

    `lock` holds them until the commit, as it may be renewed just now, or somebody join with it.
    """
    if code.digest is None:
        return []
    query = (
        select(Participant)
        .join(Competition, col(Competition.id) == col(Participant.competition_id))
        .where(col(Participant.code_hash) == code.digest)
        .order_by(col(Competition.archived_at).is_not(None), col(Participant.id).desc())
    )
    if lock:
        # Whoever waited here didn't see whom the others have made meanwhile: so look again.
        session.execute(query.with_for_update(key_share=True, of=Participant)).all()
    return list(session.execute(query).scalars())


def is_of(participant: Participant, code: TypedCode) -> bool:
    """Whether this is the participant's code, as it is now."""
    return code.digest is not None and code.digest == participant.code_hash


def _stretched(letters: str) -> str:
    return hashlib.scrypt(letters.encode(), salt=SALT, n=COST, r=BLOCK, p=1, dklen=32).hex()
