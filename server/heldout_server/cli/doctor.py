"""`heldout-server doctor`: a table of what is well and what to fix."""

from __future__ import annotations

from typing import Annotated

import segno
import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from heldout_server.kit.settings import Settings
from heldout_server.operations.doctor import BROKEN, Check, Finding, examine
from heldout_server.operations.room import ROOM, room_address
from heldout_server.operations.store_checks import EVERYTHING, WITHOUT_SANDBOX
from heldout_server.operations.store_checks import sandbox as breaks_out
from heldout_server.web.reachability import Reach, reach_of

app = typer.Typer()
console = Console(highlight=False)

SOMETHING_IS_BROKEN = 1
COLOURS = {"ok": "green", "warning": "yellow", BROKEN: "red bold"}


@app.command()
def doctor(
    sandbox: Annotated[bool, typer.Option(help="Also try to break out of the sandbox.")] = True,
    room: Annotated[
        bool, typer.Option("--room", help="Before a class: what a laptop in a room needs.")
    ] = False,
) -> None:
    """Check this installation and print what to fix; exit 1 if something is broken."""
    try:
        settings = Settings()
    except ValidationError as error:
        for problem in error.errors(include_input=False, include_url=False):
            name = "HELDOUT_" + str(problem["loc"][0]).upper()
            console.print(f"{name}: {problem['msg']}", markup=False)
        raise typer.Exit(SOMETHING_IS_BROKEN) from None
    with console.status("Looking …"):
        findings = list(examine(settings, _checks(sandbox=sandbox, room=room)))
    console.print(_table(findings))
    if room:
        _show_address(room_address(settings))
    broken = sum(finding.state == BROKEN for finding in findings)
    if broken:
        console.print(f"{broken} of {len(findings)} need mending.")
        raise typer.Exit(SOMETHING_IS_BROKEN)
    console.print("Nothing is broken.")


def _checks(*, sandbox: bool, room: bool) -> tuple[Check, ...]:
    if room:
        return ROOM if sandbox else tuple(check for check in ROOM if check is not breaks_out)
    return EVERYTHING if sandbox else WITHOUT_SANDBOX


def _show_address(url: str) -> None:
    """The way in, as a phone reads it: the surest check of all."""
    if reach_of(url) is not Reach.MACHINE:
        console.print(f"Scan it with a phone in the room's Wi-Fi: {url}/j", markup=False)
        segno.make(f"{url}/j", micro=False).terminal(compact=True)


def _table(findings: list[Finding]) -> Table:
    table = Table("what", "state", "found", "to fix it")
    for finding in findings:
        state = f"[{COLOURS[finding.state]}]{finding.state}[/]"
        table.add_row(finding.subject, state, escape(finding.detail), escape(finding.fix))
    return table
