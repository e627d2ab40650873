"""`heldout me`, `finals`, `team`, `rename`, `code`, `my-data` and `delete`."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from heldout._client import Client
from heldout._command_options import DONE, WRONG_USAGE, add_command, add_json, print_json

if TYPE_CHECKING:
    import httpx

NO_TEAM = "You are in no team: heldout team create NAME, or heldout team join CODE"
NO_CODE = "This machine was never told your personal code: heldout code --new makes one"


def add(commands: Any) -> None:
    """These commands and their options."""
    for name in ("me", "whoami"):
        add_json(add_command(commands, name, run_me, "show your name, best score and quota"))
    parser = add_command(commands, "finals", run_finals, "show or choose what counts at the reveal")
    parser.add_argument("id", nargs="*", help="the submissions to choose")
    parser.add_argument("--none", action="store_true", help="take the choice back")
    _add_team(commands)
    parser = add_command(commands, "rename", run_rename, "take another name on the board, once")
    parser.add_argument("name")
    parser = add_command(commands, "code", run_code, "show your personal code, for other machines")
    parser.add_argument("--new", action="store_true", help="make a new one; the old one stops")
    parser = add_command(commands, "my-data", run_my_data, "save all that is kept of you")
    parser.add_argument("file", nargs="?", default="heldout-data.json")
    parser = add_command(commands, "delete", run_delete, "have the server forget who you were")
    parser.add_argument("--confirm", required=True, metavar="NAME", help="your name; no way back")


def _add_team(commands: Any) -> None:
    parser = add_command(commands, "team", run_team, "show, make, join or leave your team")
    parser.add_argument("act", nargs="?", choices=("create", "join", "leave"))
    parser.add_argument("value", nargs="?", help="the name to create, or the code to join")


def run_me(options: argparse.Namespace, transport: httpx.BaseTransport | None) -> int:
    """`heldout me`."""
    with Client(transport=transport) as client:
        me, url = client.me(), client.url
    print_json({"url": url, **asdict(me)}) if options.json else print(f"{me}\n{url}")
    return DONE


def run_finals(options: argparse.Namespace, transport: httpx.BaseTransport | None) -> int:
    """`heldout finals`."""
    with Client(transport=transport) as client:
        print(client.finals(options.id) if options.id or options.none else client.finals())
    return DONE


def run_team(options: argparse.Namespace, transport: httpx.BaseTransport | None) -> int:
    """`heldout team`."""
    if options.act in ("create", "join") and not options.value:
        needed = "NAME" if options.act == "create" else "CODE"
        print(f"heldout: write heldout team {options.act} {needed}", file=sys.stderr)
        return WRONG_USAGE
    with Client(transport=transport) as client:
        if options.act == "leave":
            client.team.leave()
        elif options.act:
            getattr(client.team, options.act)(options.value)
        print(client.team.show() or NO_TEAM)
    return DONE


def run_rename(options: argparse.Namespace, transport: httpx.BaseTransport | None) -> int:
    """`heldout rename`."""
    with Client(transport=transport) as client:
        print(f"You are {client.rename(options.name)} now")
    return DONE


def run_code(options: argparse.Namespace, transport: httpx.BaseTransport | None) -> int:
    """`heldout code`."""
    with Client(transport=transport) as client:
        print((client.new_code() if options.new else client.code) or NO_CODE)
    return DONE


def run_my_data(options: argparse.Namespace, transport: httpx.BaseTransport | None) -> int:
    """`heldout my-data`."""
    with Client(transport=transport) as client:
        client.my_data(options.file)
    print(options.file)
    return DONE


def run_delete(options: argparse.Namespace, transport: httpx.BaseTransport | None) -> int:
    """`heldout delete`."""
    with Client(transport=transport) as client:
        client.delete(confirm=options.confirm)
    print("The server has forgotten who you were")
    return DONE
