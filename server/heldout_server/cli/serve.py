"""`heldout-server serve` and what an organizer needs beside it."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Annotated, cast

import typer
import uvicorn
from prometheus_client.registry import Collector
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from heldout_server import __version__
from heldout_server.acts import audit_log
from heldout_server.cli import tunnel
from heldout_server.cli.start_lines import Place, competition_lines, model_lines, reach_lines
from heldout_server.competitions import queries as competitions
from heldout_server.contests.adding import open_contest
from heldout_server.contests.problems import Refused, refusing
from heldout_server.datasets.loaded import DatasetError
from heldout_server.grading import LabelStoreError
from heldout_server.kit import metrics
from heldout_server.kit.errors import ProblemError
from heldout_server.kit.settings import Settings
from heldout_server.models import Competition
from heldout_server.operations import aftermath
from heldout_server.people import organizers
from heldout_server.processes import installation
from heldout_server.processes.installation import Installation, InstallationError
from heldout_server.processes.server import Server, create_app, embedded
from heldout_server.web.addresses import Peers, lan_address
from heldout_server.web.connections import BoundedProtocol, Bounds
from heldout_server.web.gauges import Gauges

if sys.platform != "win32":
    import resource

app = typer.Typer()
console = Console(highlight=False, soft_wrap=True)

GRACE_SECONDS = 3
# Longer than proxies and notebooks keep a connection: who reuses one at the moment that the server
# closes it (uvicorn does after 5 s) finds their request unanswered.
KEEP_ALIVE_SECONDS = 130
MOST_FILES = 65_536
# Python's own 5 ms: a thread that has just read its row would wait for as long behind another one,
# several times on a submission's way.
THREAD_SWITCH_SECONDS = 0.0005
CANNOT_START = 1


class _WebServer(uvicorn.Server):
    """uvicorn that ends open event streams at once when asked to stop."""

    def __init__(self, config: uvicorn.Config, server: Server) -> None:
        super().__init__(config)
        self._server = server

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # The app's routes and models stay, too: nothing stands still while they are searched.
        gc.collect()
        gc.freeze()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._server.services.stream.stop()
        super().handle_exit(sig, frame)


@app.command()
def serve(
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    data: Annotated[Path | None, typer.Option(help="Folder for all data.")] = None,
    mnist: Annotated[Path | None, typer.Option(help="MNIST: mnist.npz or a folder.")] = None,
    contest: Annotated[
        Path | None, typer.Option(help="A contest's folder or zip, where there is none yet.")
    ] = None,
    public: Annotated[
        bool, typer.Option("--public", help="Open a tunnel, so that anybody can reach it.")
    ] = False,
) -> None:
    """Start the board: everything in one process tree, on SQLite unless told otherwise."""
    installation.owner_only()
    given = {"port": port, "host": host, "data": data, "mnist": mnist}
    wanted = {name: value for name, value in given.items() if value is not None}
    try:
        _serve(Settings().model_copy(update=wanted), public=public, contest=contest)
    except Refused as refused:
        for problem in refusing(refused.problems):
            line = "" if problem.line is None else f":{problem.line}"
            console.print(f"{problem.file}{line} {problem.what} {problem.cure}", markup=False)
        console.print("[red]Can't start:[/red] the contest has problems.")
        raise typer.Exit(CANNOT_START) from None
    except (InstallationError, DatasetError, LabelStoreError) as error:
        console.print("[red]Can't start:[/red]", end=" ")
        console.print(str(error), markup=False)
        raise typer.Exit(CANNOT_START) from None


@app.command("organizer-token")
def organizer_token() -> None:
    """Make a new owner and lock all other organizers out, when every token is lost."""
    installed = installation.open_installation(Settings())
    with installed.database.write() as session:
        now = installation.utc_now()
        organizers.revoke_all(session, audit_log.AT_THE_TERMINAL, now=now)
        token = installation.add_owner(session, audit_log.AT_THE_TERMINAL, now=now)
    console.print(
        f"Organizer token: {token}\nEarlier organizers, tokens and sign-ins no longer work."
    )


@app.command()
def version() -> None:
    """Print the version."""
    console.print(__version__)


def _serve(settings: Settings, *, public: bool = False, contest: Path | None = None) -> None:
    listener = listen(settings)
    with (
        listener,
        installation.lock(settings.data),
        _address_from_outside(settings, listener.getsockname()[1], public=public) as public_url,
    ):
        settings = settings.model_copy(update={"public_url": public_url})
        installed = installation.open_installation(settings, migrating=False)
        server = embedded(installed)
        with _runners_warming(server):
            token = _make_ready(installed, contest)
            with aftermath.watching(installed, now=installation.utc_now()):
                # After an upgrade of the runner's packages: new runners, the web as it is.
                if sys.platform != "win32":
                    signal.signal(signal.SIGHUP, lambda *_: server.scoring.pool.renew())
                announce(installed, listener.getsockname()[1], token)
                run_web(server, listener)


@contextmanager
def _runners_warming(server: Server) -> Iterator[None]:
    """Runners start, in processes of their own, and try to break out, while the database is made
    ready; then they end.

    On a first start there are no labels yet: they try to read a file that lies in their place.
    """
    server.scoring.start()
    try:
        yield
    finally:
        server.scoring.stop()


def _make_ready(installed: Installation, contest: Path | None) -> str | None:
    """The newest schema, a contest, and an organizer, whose token is returned if they are new.

    A first start stores the images, which is packing them mostly, while the schema is made.
    """
    is_first = contest is None and not installed.folders.datasets.exists()
    with _download_progress() as progress, ThreadPoolExecutor(1) as beside:
        store = partial(installation.store_dataset, installed, progress.report)
        stored = beside.submit(store).result if is_first else None
        installation.migrate(installed.database)
        if contest is not None:
            ensure_contest(installed, contest)
        installation.ensure_competition(
            installed, now=installation.utc_now(), progress=progress.report, stored=stored
        )
    return installation.ensure_organizer(installed, now=installation.utc_now())


def ensure_contest(installed: Installation, folder: Path) -> None:
    """Open the contest of a folder where none has been opened yet, with the join code that is set.

    Raises Refused for its problems, and InstallationError where it can't be made.
    """
    with installed.database.read() as session:
        if competitions.all_competitions(session):
            return
    code = installed.settings.join_code.strip()
    try:
        opened = open_contest(
            installed,
            folder,
            actor=audit_log.THE_SERVER,
            now=installation.utc_now(),
            changes={"join_code": code} if code else None,
        )
    except ProblemError as error:
        raise InstallationError(f"{error.detail} {error.hint}".strip()) from None
    for warning in opened.warnings:
        console.print(f"[yellow]Note[/yellow]             {warning.file}:", end=" ")
        console.print(warning.what, markup=False)


@contextmanager
def _address_from_outside(settings: Settings, port: int, *, public: bool) -> Iterator[str]:
    """The public URL as it was set, or the address of a tunnel that lives as long as the block."""
    if not public:
        yield settings.public_url
        return
    if settings.public_url:
        raise InstallationError(tunnel.ALREADY_PUBLIC.format(url=settings.public_url))
    program, path = tunnel.installed_program()
    console.print(f"Opening a tunnel by {program.name} …")
    with tunnel.opened(program, path, tunnel.target_of(settings.host, port)) as address:
        yield address


def run_web(server: Server, listener: socket.socket) -> None:
    """Serve `server` on `listener` until a signal ends it."""
    _allow_many_connections()
    sys.setswitchinterval(THREAD_SWITCH_SECONDS)
    settings = server.services.settings
    count_at_a_port(settings, Gauges(server.services))
    bounds = Bounds.of(settings.connections_per_address, Peers(settings.believed_proxies))
    config = uvicorn.Config(
        create_app(server),
        # A type to uvicorn, which only calls it.
        http=cast("type[asyncio.Protocol]", partial(BoundedProtocol, bounds=bounds)),
        ws="none",
        proxy_headers=False,  # the application does it, after a look at who says it
        access_log=settings.access_log,
        log_config=None,  # logs.configure has set it up
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        server_header=False,
    )
    _WebServer(config, server).run(sockets=[listener])


def count_at_a_port(settings: Settings, *current: Collector) -> None:
    """Serve this process's counters at a port of their own, where one is set."""
    try:
        metrics.serve(settings.host, settings.metrics_port, *current)
    except OSError as error:
        raise InstallationError(
            f"HELDOUT_METRICS_PORT={settings.metrics_port} can't be used ({error.strerror})."
        ) from None


def _allow_many_connections() -> None:
    """Every open board holds some six connections; many systems allow a process 1,024 or 256 at
    first, and more when it asks.
    """
    if sys.platform != "win32":  # which has no such limit
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def listen(settings: Settings) -> socket.socket:
    """Take the port first: a wrong one should fail before anything is downloaded."""
    # Named TCP, or asyncio leaves Nagle's algorithm on: 40 ms more for every answer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if sys.platform != "win32":  # where it would let two servers have one port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise InstallationError(
            f"port {settings.port} on {settings.host} can't be used ({error.strerror}). "
            f"Try another: heldout-server serve --port {settings.port + 1}"
        ) from None
    return listener


def announce(
    installed: Installation, port: int, token: str | None, *, running: bool = True
) -> None:
    """Print where the board is and how to join; the organizer token when there is a new one."""
    settings = installed.settings
    place = Place.of(
        host=settings.host,
        port=port,
        public_url=settings.public_url,
        lan=lan_address(),
        root=settings.root,
        running=running,
    )
    with installed.database.read() as session:
        found = competitions.current(session)
        notes = [competitions.dataset_of(session, c).note for c in found]
    for competition, note in zip(found, notes, strict=True):
        _announce_competition(place, competition, note)
    for line in reach_lines(place):
        console.print(line, markup=False)
    for line in model_lines(settings, sys.platform):
        console.print(line, markup=False)
    if token is not None:
        console.print(f"Organizer token  {token}")
        console.print("                 shown only now; it signs you in at /organize")
    if running:
        console.print("\nStop with Ctrl+C.")
    sys.stdout.flush()


def _announce_competition(place: Place, competition: Competition, note: str) -> None:
    console.print(f"\nHeldout {__version__}: {competition.title}", markup=False)
    if note:
        console.print(f"[yellow]Note[/yellow]             {note}")
    for line in competition_lines(place, competition):
        console.print(line, markup=False)


class _DownloadProgress:
    """A bar that appears with the first byte; without a terminal, nothing."""

    def __init__(self) -> None:
        columns = TextColumn("Downloading MNIST"), BarColumn(), DownloadColumn()
        self._progress = Progress(*columns, console=console, transient=True)
        self._task = self._progress.add_task("download", total=None, visible=False)

    def __enter__(self) -> _DownloadProgress:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def report(self, done: int, total: int | None) -> None:
        """`done` of `total` bytes are here."""
        self._progress.update(self._task, completed=done, total=total, visible=True)


def _download_progress() -> _DownloadProgress:
    return _DownloadProgress()
