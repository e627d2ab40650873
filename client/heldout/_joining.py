"""Joining a competition, once for each machine; running the cell again is the same login."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from heldout._calls import public
from heldout._client import Client
from heldout._connection import HOW_TO_JOIN, Connection, json_object
from heldout._constants import JOIN_ATTEMPTS
from heldout._errors import Forbidden, NotJoined, Unauthorized
from heldout._login import (
    Login,
    competition_in,
    is_personal,
    login_file,
    remember,
    saved_logins,
    server_address,
)
from heldout._models import Me
from heldout._retries import Retries, never_reached

if TYPE_CHECKING:
    import httpx


@public
def join(
    url: str,
    code: str = "",
    name: str = "",
    *,
    competition: str | None = None,
    room_code: str = "",
    progress: bool | None = None,
    transport: httpx.BaseTransport | None = None,
    retries: Retries | None = None,
) -> Client:
    """Join the competition at `url` with the room's `code`, under the display name `name`.

    With your personal code in place of the room's you are yourself again, on any machine; a name
    isn't needed then. Without a code it is the one that this machine was told by that server.
    `competition` (or the address of its page as `url`) makes you the same person in another contest
    of the server; one that asks for its own code wants it once, as `room_code`.
    It says who you are and tells your personal code. The login is saved,
    readable by you only, so that `heldout.submit(model)` and the command `heldout` find it, and so
    that running this again just continues. Raises `Forbidden` for a wrong code and `DuplicateName`
    when somebody else has the name.
    """
    address = server_address(url)
    code = code or _own_code(address)
    if competition is None and is_personal(code):
        competition = competition_in(url)
    patience = retries or Retries()
    # A person who mistyped the address should not have to wait for the usual number of tries.
    impatience = dataclasses.replace(patience, attempts=min(JOIN_ATTEMPTS, patience.attempts))
    connection = Connection(address, transport=transport, retries=impatience)
    try:
        login = _known_login(connection, name, code, competition) or _new_login(
            connection, name, code, competition, room_code
        )
    finally:
        # A transport given by a test is shared with the client below, so it must stay open.
        if transport is None:
            connection.close()
    remember(login)
    client = Client(
        login.url,
        login.token,
        competition=login.competition,
        progress=progress,
        transport=transport,
        retries=retries,
    )
    return client.known_as(login)


def _own_code(address: str) -> str:
    """The personal code that this machine was told by the server there. Raises `NotJoined`."""
    for login in saved_logins(login_file()):
        if login.url == address and login.personal_code:
            return login.personal_code
    raise NotJoined("No personal code for this server is known here.", HOW_TO_JOIN)


def _known_login(
    connection: Connection, name: str, code: str, competition: str | None
) -> Login | None:
    """The saved login, if the server still knows its token."""
    for login in saved_logins(login_file()):
        if not login.is_for(connection.url, name, code):
            continue
        if competition not in (None, login.competition):
            continue
        connection.token = login.token
        try:
            answer = connection.request("GET", "/me")
        except (Unauthorized, Forbidden):
            # The event was set up anew; the old token means nothing there.
            connection.token = None
            return None
        me = Me.from_json(json_object(answer))
        return dataclasses.replace(login, name=me.name, competition=me.competition.slug)
    return None


def _new_login(
    connection: Connection, name: str, code: str, competition: str | None, room_code: str
) -> Login:
    body = {"code": code.strip(), "name": name.strip()}
    if competition is not None:
        body |= {"competition": competition, "room_code": room_code.strip()}
    # A join whose answer was lost cannot be repeated: the name would be taken, by ourselves.
    answer = connection.retries.run(
        lambda: connection.send("POST", "/join", json=body, needs_token=False), never_reached
    )
    document = json_object(answer)
    return Login(
        url=connection.url,
        token=document["token"],
        name=document["participant"]["name"],
        code=code.strip(),
        competition=document["competition"]["slug"],
        personal_code=document.get("personal_code") or "",
    )
