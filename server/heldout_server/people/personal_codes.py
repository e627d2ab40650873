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
from heldout_server.models import Participant

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
    """A new code, which is returned and can't be read again; the one before stops working."""
    code = new_personal_code()
    participant.code_hash = typed(code).digest
    session.add(participant)
    return code


def holder(session: Session, code: TypedCode, *, lock: bool = False) -> Participant | None:
    """Whose code this is; `lock` holds them until the commit, as it may be renewed just now."""
    if code.digest is None:
        return None
    query = select(Participant).where(col(Participant.code_hash) == code.digest)
    query = query.with_for_update(key_share=True) if lock else query
    found: Participant | None = session.execute(query).scalar_one_or_none()
    return found


def is_of(participant: Participant, code: TypedCode) -> bool:
    """Whether this is the participant's code, as it is now."""
    return code.digest is not None and code.digest == participant.code_hash


def _stretched(letters: str) -> str:
    return hashlib.scrypt(letters.encode(), salt=SALT, n=COST, r=BLOCK, p=1, dklen=32).hex()
