"""One's team: make one, join one by its code, leave it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from heldout._calls import Suggesting, public
from heldout._connection import Connection, json_object
from heldout._errors import HeldoutError
from heldout._render import paragraph, plain


@dataclass(frozen=True)
class Team:
    """A team as its members see it; `code` lets others join."""

    id: str
    name: str
    code: str
    members: tuple[str, ...]

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Team:
        """From the API's `GET /me/team`."""
        names = tuple(each["name"] for each in document.get("members") or ())
        return cls(document["id"], document["name"], document.get("join_code") or "", names)

    def __str__(self) -> str:
        members = ", ".join(map(plain, self.members))
        return f"Team {plain(self.name)}: {members}. Its code is {self.code}"

    def __repr__(self) -> str:
        return f"<{self}>"

    def _repr_html_(self) -> str:
        return paragraph(str(self))


class MyTeam(Suggesting):
    """`client.team`: shows the team; `create(name)`, `join(code)` and `leave()` change it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @public
    def show(self) -> Team | None:
        """Your team, or None."""
        answer = self._connection.request("GET", "/me/team")
        return None if answer.content.strip() == b"null" else Team.from_json(json_object(answer))

    @public
    def create(self, name: str) -> Team:
        """Make a team and be its captain; its code lets others join."""
        answer = self._connection.send("POST", "/me/team", json={"name": name})
        return Team.from_json(json_object(answer))

    @public
    def join(self, code: str) -> Team:
        """Join the team whose code this is; what you sent before counts for it from then on."""
        answer = self._connection.send("POST", "/me/team/join", json={"code": code})
        return Team.from_json(json_object(answer))

    @public
    def leave(self) -> None:
        """Go on alone; your submissions come along."""
        self._connection.send("DELETE", "/me/team")

    def __repr__(self) -> str:
        # What is only shown must not fail.
        try:
            team = self.show()
        except HeldoutError as error:
            return f"<Team: {plain(error.detail)}>"
        alone = "<No team. client.team.create(name), or client.team.join(code)>"
        return alone if team is None else repr(team)
