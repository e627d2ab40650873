"""The roles of a board that runs on several machines: `web`, `worker`, `reconcile`, `init`."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Protocol

import structlog
import typer
from rich.console import Console

from heldout_server.cli import serve
from heldout_server.datasets.loaded import DatasetError
from heldout_server.grading import LabelStoreError
from heldout_server.kit.settings import Settings
from heldout_server.processes import installation, startup_checks
from heldout_server.processes.engines import POOLS, sweeping_engine
from heldout_server.processes.installation import Installation, InstallationError, open_installation
from heldout_server.processes.server import web_only
from heldout_server.processes.worker import make_worker

app = typer.Typer()
console = Console(highlight=False, soft_wrap=True)
log = structlog.get_logger()

STOP_SECONDS = 4.5


class Part(Protocol):
    """A role's machinery."""

    def start(self) -> None:
        """Begin."""

    def stop(self) -> None:
        """End."""


@app.command()
def web(
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
) -> None:
    """Serve pages and the API, any number of them; workers score. Needs PostgreSQL."""
    given = {"port": port, "host": host}
    wanted = {name: value for name, value in given.items() if value is not None}
    with refusals():
        settings = Settings().model_copy(update=wanted)
        with serve.listen(settings) as listener:
            installed = _opened(settings)
            startup_checks.check_store(installed)
            startup_checks.check_datasets(installed)
            startup_checks.check_no_labels(installed)
            serve.announce(installed, listener.getsockname()[1], None)
            serve.run_web(web_only(installed), listener)


@app.command()
def worker(
    pools: Annotated[str, typer.Option(help="What to work on: cpu, gpu, grade; with commas.")],
    name: Annotated[str, typer.Option(help="Shown on the queue page; the machine's name.")] = "",
) -> None:
    """Score models (cpu, gpu) or grade; any number, on any machine. Needs PostgreSQL."""
    with refusals():
        wanted = _pools(pools)
        installed = _opened(Settings())
        serve.count_at_a_port(installed.settings)
        shown = name or f"{socket.gethostname()} ({','.join(wanted)})"
        _run(make_worker(installed, pools=wanted, name=shown), f"Working on {', '.join(wanted)}.")


@app.command()
def reconcile() -> None:
    """Only heal: give back lost work, replace lost tickets. `web` does so, too; workers don't."""
    with refusals():
        installed = _opened(Settings())
        serve.count_at_a_port(installed.settings)
        _run(sweeping_engine(installed, installation.utc_now), "Reconciling.")


@app.command()
def init() -> None:
    """Make what several machines share: schema, dataset, labels, competition, organizer token."""
    with refusals():
        settings = Settings()
        installed = open_installation(settings)
        now = installation.utc_now()
        installation.ensure_competition(installed, now=now)
        token = installation.ensure_organizer(installed, now=now)
        serve.announce(installed, settings.port, token, running=False)


@app.command()
def migrate() -> None:
    """Bring the database to this version's schema. Stop the workers first, or drain them."""
    with refusals():
        settings = Settings()
        installation.migrate(open_installation(settings, migrating=False).database)
        console.print("The database has this version's schema.")


@contextmanager
def refusals() -> Iterator[None]:
    """Say in one sentence why a role can't start, and exit 1."""
    installation.owner_only()
    try:
        yield
    except (InstallationError, DatasetError, LabelStoreError) as error:
        console.print("[red]Can't start:[/red]", end=" ")
        console.print(str(error), markup=False)
        raise typer.Exit(serve.CANNOT_START) from None


def _opened(settings: Settings) -> Installation:
    installed = open_installation(settings, migrating=False)
    startup_checks.check_database(installed.database)
    startup_checks.check_schema(installed.database)
    return installed


def _pools(given: str) -> tuple[str, ...]:
    wanted = tuple(dict.fromkeys(pool.strip() for pool in given.split(",") if pool.strip()))
    if not wanted or not set(wanted) <= set(POOLS):
        raise InstallationError(f"pools are {', '.join(POOLS)}, with commas; not “{given[:60]}”.")
    return wanted


def _run(part: Part, message: str) -> None:
    """Run until SIGTERM or SIGINT, then stop within seconds whatever happens."""
    asked = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked.set())
    try:
        part.start()
        console.print(message)
        sys.stdout.flush()
        asked.wait()
    finally:
        # A handler that ignores its cancellation must not keep the process: its claim is lost.
        overdue = threading.Timer(STOP_SECONDS, os._exit, args=(0,))
        overdue.daemon = True
        overdue.start()
        part.stop()
        overdue.cancel()
