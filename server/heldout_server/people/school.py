"""Whom a school's sign-in vouches for, and by which addresses people are known. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection
from dataclasses import dataclass, field

from heldout_server.kit.errors import ProblemError, printable
from heldout_server.people.names import LONGEST_NAME

LONGEST_ADDRESS = 254
ADDRESS = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")


@dataclass(frozen=True)
class SchoolPerson:
    """Who signed in: `issuer` and `subject` say who it is, for good; name and address may change.

    `email` is empty unless the school says that the address is theirs.
    """

    issuer: str
    subject: str = field(repr=False)
    name: str = field(default="", repr=False)
    email: str = field(default="", repr=False)

    @property
    def key(self) -> str:
        """What is stored of the account: hex SHA-256."""
        return hashlib.sha256(json.dumps([self.issuer, self.subject]).encode()).hexdigest()

    @property
    def name_on_a_board(self) -> str:
        """The name, no longer than a board has room for; without one what stands before the @."""
        shown = " ".join(self.name.split()) or self.email.partition("@")[0]
        return shown[:LONGEST_NAME].rstrip()


def tidy_address(text: str) -> str:
    """The address as compared, in small letters; empty for what can't be one."""
    address = text.strip().lower()
    fits = len(address) <= LONGEST_ADDRESS and ADDRESS.fullmatch(address) is not None
    return address if fits else ""


def check_domain(who: SchoolPerson, domains: Collection[str]) -> None:
    """Raise ProblemError `school_refused` unless their address is of one of these mail domains;
    none: any will do, and none is needed.
    """
    if not domains or who.email.rpartition("@")[2] in domains:
        return
    wanted = " or ".join(f"@{domain}" for domain in domains)
    if not who.email:
        raise ProblemError(
            "school_refused",
            "The school's sign-in doesn't say which e-mail address is yours for certain, and this "
            f"server takes {wanted} only.",
            "Confirm your address in your account there, or ask your organizers for a code.",
        )
    raise ProblemError(
        "school_refused",
        f"You signed in as {printable(who.email, LONGEST_ADDRESS)}, and this server takes "
        f"{wanted} only.",
        "Sign out there, and sign in with your school's account.",
    )
