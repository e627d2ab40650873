"""What participants see and do of themselves: name, code, quota, team, final choice, data."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from heldout._calls import Suggesting, public
from heldout._connection import Connection, json_object
from heldout._finals import Finals, chosen_ids
from heldout._login import Login, forget_login, login_file, remember
from heldout._models import Me, Quota
from heldout._render import plain
from heldout._team import MyTeam


class Account(Suggesting):
    """The part of a client that is about its participant."""

    _connection: Connection
    _login: Login

    @property
    def code(self) -> str | None:
        """Your personal code, which makes any machine yours: `heldout.join(url, code)`.

        None where this machine was never told: see `new_code`.
        """
        return self._login.personal_code or None

    @cached_property
    def team(self) -> MyTeam:
        """Your team: shown by itself; `team.create(name)`, `team.join(code)`, `team.leave()`."""
        return MyTeam(self._connection)

    @public
    def me(self) -> Me:
        """Who you are, your competition, your best and your quota."""
        return Me.from_json(json_object(self._connection.request("GET", "/me")))

    @public
    def quota(self) -> Quota:
        """How many submissions are left today."""
        return Quota.from_json(json_object(self._connection.request("GET", "/me/quota")))

    @public
    def finals(self, *submissions: Any) -> Finals:
        """What counts at the reveal. With submissions or ids, chooses them; `[]` takes it back."""
        if not submissions:
            return Finals.from_json(json_object(self._connection.request("GET", "/me/final")))
        body = {"submissions": chosen_ids(submissions)}
        return Finals.from_json(
            json_object(self._connection.request("PUT", "/me/final", json=body))
        )

    @public
    def rename(self, name: str) -> str:
        """Another name on the board, once; answers it."""
        answer = self._connection.send("PATCH", "/me", json={"name": name})
        self._keep_login(name=str(json_object(answer)["name"]))
        return self._login.name

    @public
    def new_code(self, *, sign_out_others: bool = False) -> str:
        """A new personal code; the one before stops working at once.

        `sign_out_others`: every other machine and browser of yours has to sign in again.
        """
        body = {"sign_out_others": sign_out_others}
        answer = json_object(self._connection.send("POST", "/me/code", json=body))
        self._keep_login(personal_code=str(answer["personal_code"]))
        return self._login.personal_code

    @public
    def my_data(self, path: str | os.PathLike[str] | None = None) -> dict[str, Any]:
        """Everything that the server keeps of you; with `path`, also written there as JSON."""
        found = json_object(self._connection.request("GET", "/me/data"))
        if path is not None:
            text = json.dumps(found, indent=2, ensure_ascii=False)
            Path(path).expanduser().write_text(text, encoding="utf-8")
        return found

    @public
    def delete(self, *, confirm: str) -> None:
        """Have the server forget who you were. This can't be undone: `confirm` is your name.

        Your scores stay on the board, under no name.
        """
        self._connection.send("DELETE", "/me", json={"confirm": confirm})
        forget_login(self._login, login_file())

    @public
    def share_runs(self, shares: bool | None) -> bool:
        """Choose whether the class sees your run cards; None: as the competition has it.

        Your own choice always wins. Answers whether they are seen now; your own address of a
        submission (`Submission.url`) shows you its card either way.
        """
        answer = self._connection.request("PUT", "/me/sharing", json={"shares": shares})
        return bool(json_object(answer)["is_shared"])

    def _keep_login(self, **changes: str) -> None:
        self._login = replace(self._login, **changes)
        remember(self._login)


def joined_words(login: Login) -> str:
    """Who somebody is, and how to be the same on another machine."""
    words = f"You are {plain(login.name)} in {plain(login.competition)} at {login.url}."
    if not login.personal_code:
        return words
    return (
        f"{words}\nYour personal code is {plain(login.personal_code)}: it stands for you on any "
        "other machine, in place of the room's code. Don't share it."
    )
