"""`lane`: which layers ONNX Runtime doesn't score here any more, and letting them back."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from heldout_server.cli.roles import refusals
from heldout_server.kit.settings import Settings
from heldout_server.processes.installation import InstallationError, open_installation
from heldout_server.submissions import left_lane

app = typer.Typer()
console = Console(highlight=False, soft_wrap=True)

Layers = Annotated[
    str, typer.Option("--let-back", help='As they are listed, such as "Conv2D Dense Flatten".')
]


@app.command("lane")
def show_lane(let_back: Layers = "") -> None:
    """Show which layers are TensorFlow's since it gave another answer, or let some back."""
    with refusals():
        database = open_installation(Settings(), migrating=False).database
        with database.write() as session:
            if let_back and not left_lane.let_back(session, let_back):
                raise InstallationError(f"“{let_back[:200]}” hasn't left the lane: see the list.")
            found = left_lane.listing(session)
    if let_back:
        console.print("ONNX Runtime scores them again; TensorFlow looks at the first one.")
    for left in found:
        since = f"{left.since:%Y-%m-%d %H:%M} UTC"
        console.print(f"{left.layers} (since {since}: {left.difference})", markup=False)
    if not found:
        console.print("ONNX Runtime scores all layers that it knows.")
