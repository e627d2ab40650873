"""`drain`, `resume` and `queue`: what an operator does to the queue, from any machine."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from heldout_server.cli.roles import refusals
from heldout_server.jobs import alerts, ledger, maintenance, workers
from heldout_server.kit.settings import Settings
from heldout_server.processes.installation import open_installation

app = typer.Typer()
console = Console(highlight=False, soft_wrap=True)

Names = Annotated[list[str] | None, typer.Option("--worker", help="Only this worker, by name.")]


@app.command()
def drain(
    worker: Names = None, reason: Annotated[str, typer.Option(help="Shown to organizers.")] = ""
) -> None:
    """Finish what runs and claim nothing more: everywhere (maintenance), or one worker."""
    with refusals():
        database = open_installation(Settings(), migrating=False).database
        with database.write() as session:
            if worker:
                found = maintenance.drain(session, worker)
                console.print(f"{found} workers finish what they run and claim nothing more.")
            else:
                maintenance.begin(session, reason=reason)
                console.print("Maintenance: what runs is finished, nothing more is claimed.")


@app.command()
def resume(worker: Names = None) -> None:
    """End maintenance; with --worker, let a drained worker claim again."""
    with refusals():
        settings = Settings()
        database = open_installation(settings, migrating=False).database
        with database.write() as session:
            if worker:
                maintenance.drain(session, worker, draining=False)
            else:
                maintenance.end(session, max_attempts=settings.max_attempts)
        console.print("Work is claimed again.")


@app.command("queue")
def show_queue() -> None:
    """Show who works on what, what waits, and what organizers should look at."""
    with refusals():
        settings = Settings()
        database = open_installation(settings, migrating=False).database
        with database.read() as session:
            counts = ledger.counts(session)
            state = maintenance.current(session)
            seen = workers.listing(session, silent_seconds=settings.worker_seconds)
            problems = alerts.unresolved(session)
    console.print(f"{counts['waiting']} waiting, {counts['running']} running")
    if state is not None:
        console.print(f"Maintenance since {state.since:%Y-%m-%d %H:%M} UTC. {state.reason}")
    console.print(_table(seen))
    for alert in problems:
        console.print(f"Alert: {alert.detail}", markup=False)


def _table(seen: list[workers.SeenWorker]) -> Table:
    table = Table("worker", "host", "pools", "state", "silent", "runs")
    for worker in seen:
        state = "lost" if not worker.alive else "draining" if worker.draining else "works"
        silent = f"{worker.silent_seconds:.0f} s"
        pools, runs = ", ".join(worker.pools), ", ".join(worker.runs)
        table.add_row(worker.name, worker.host, pools, state, silent, runs)
    return table
