"""The web application, and the embedded server around it: everything in one process tree."""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import structlog
from fastapi import FastAPI
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.staticfiles import StaticFiles
from sqlalchemy import text
from sqlmodel import Session

from heldout_server import __version__
from heldout_server import installation as setup
from heldout_server.competitions import queries as competitions
from heldout_server.errors import Rejection
from heldout_server.grading import GradeHandler, LabelStoreError
from heldout_server.installation import Installation
from heldout_server.jobs.embedded import EmbeddedEngine, Handler, Record, WorkerGroup
from heldout_server.jobs.ledger import Claim
from heldout_server.models import Step
from heldout_server.prediction.handlers import ParseHandler, PredictHandler
from heldout_server.prediction.runner import RunnerSettings, WarmRunner
from heldout_server.settings import Settings
from heldout_server.submissions import outcomes
from heldout_server.submissions.sweeping import sweep
from heldout_server.web import api, api_docs, client_wheel, health, problems, security
from heldout_server.web.pages import board, joining, organize, submission
from heldout_server.web.pages.render import STATIC
from heldout_server.web.services import Health, Services
from heldout_server.web.stream import EventStream

log = structlog.get_logger()

INCOMING_SECONDS = 3600.0
COMPRESS_FROM_BYTES = 2048
DESCRIPTION = """
Join with a code, announce a file, send it, wait for the score.
Every refusal is `application/problem+json` with a stable `code`, one sentence and a hint.
"""


@dataclass(frozen=True)
class Server:
    """An installation with its engine and event stream."""

    services: Services
    engine: EmbeddedEngine | None
    runner: WarmRunner | None

    def start(self) -> None:
        """Begin to follow events and, in the embedded server, to work."""
        self.services.stream.start()
        if self.runner is not None:
            self.runner.warm()
        if self.engine is not None:
            self.engine.start()

    def stop(self) -> None:
        """End streams, then work under way (it will run again), then the database."""
        self.services.stream.stop()
        if self.engine is not None:
            self.engine.stop()
        if self.runner is not None:
            self.runner.close()
        self.services.database.dispose()


def from_environment() -> FastAPI:
    """The embedded server with the settings of the environment; uvicorn's factory."""
    installed = setup.open_installation(Settings())
    return create_app(embedded(installed))


def embedded(installed: Installation, *, clock: Callable[[], datetime] = setup.utc_now) -> Server:
    """Everything in one process tree: web, scorer and grader."""
    workers = installed.settings.model_workers
    runner = WarmRunner(runner_settings(installed.settings))
    engine = EmbeddedEngine(
        database=installed.database,
        handlers=_handlers(installed, runner, clock),
        groups=(WorkerGroup("models", ("cpu",), workers), WorkerGroup("grading", ("grade",), 1)),
        lease_seconds=installed.settings.lease_seconds,
        max_attempts=installed.settings.max_attempts,
        sweep=lambda: _sweep(installed, clock),
    )
    return Server(services(installed, clock=clock), engine, runner if workers else None)


def services(installed: Installation, *, clock: Callable[[], datetime] = setup.utc_now) -> Services:
    """What the web layer needs of an installation; no labels."""
    return Services(
        settings=installed.settings,
        database=installed.database,
        blobs=installed.blobs,
        datasets=installed.datasets,
        stream=EventStream(installed.database),
        clock=clock,
        check_health=lambda: check_health(installed),
    )


def create_app(server: Server) -> FastAPI:
    """The web application over `server`, which starts and stops with it."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        server.start()
        try:
            yield
        finally:
            server.stop()

    app = FastAPI(
        title="Heldout", version=__version__, description=DESCRIPTION, lifespan=lifespan,
        docs_url=None, redoc_url=None,
    )  # fmt: skip
    app.state.services = server.services
    problems.install(app)
    # Inside the headers' middleware; leaves event streams and already encoded files alone.
    app.add_middleware(GZipMiddleware, minimum_size=COMPRESS_FROM_BYTES)
    security.install(app)
    app.include_router(api.router)
    for module in (health, api_docs, client_wheel, board, joining, submission, organize):
        app.include_router(module.router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app


def runner_settings(settings: Settings) -> RunnerSettings:
    """How models are run."""
    return RunnerSettings(
        device=settings.device,
        threads=settings.threads_per_model,
        batch_size=settings.batch_size,
        longest_parameters=settings.longest_parameters,
        load_seconds=settings.load_seconds,
        predict_seconds=settings.predict_seconds,
    )


def check_health(installed: Installation) -> Health:
    """Look at what a submission needs; each check answers `ok` or what is wrong."""
    return Health(
        {
            "database": _checked(lambda: _check_database(installed)),
            "storage": _checked(lambda: _check_storage(installed)),
            "labels": _checked(lambda: _check_labels(installed)),
        }
    )


def _handlers(
    installed: Installation, runner: WarmRunner, clock: Callable[[], datetime]
) -> dict[str, Handler]:
    database, blobs, datasets = installed.database, installed.blobs, installed.datasets
    return {
        Step.PARSE: _rejecting(ParseHandler(database, blobs, datasets), clock),
        Step.PREDICT: _rejecting(
            PredictHandler(database, blobs, datasets, runner, installed.folders.work), clock
        ),
        Step.GRADE: GradeHandler(database, blobs, datasets, installed.labels, clock),
    }


def _rejecting(handler: Handler, clock: Callable[[], datetime]) -> Handler:
    """`handler`, with a Rejection (their file) as an outcome; any other error stays ours."""

    def handle(claim: Claim, cancelled: threading.Event) -> Record:
        try:
            return handler(claim, cancelled)
        except Rejection as rejection:
            refused = rejection

            def record(session: Session) -> None:
                outcomes.rejected(session, claim, refused, now=clock())

            return record

    return handle


def _sweep(installed: Installation, clock: Callable[[], datetime]) -> None:
    with installed.database.write() as session:
        sweep(session, now=clock(), max_attempts=installed.settings.max_attempts)
    installed.blobs.sweep_incoming(INCOMING_SECONDS, time.time())


def _checked(check: Callable[[], None]) -> str:
    try:
        check()
    except (LabelStoreError, OSError) as error:
        return str(error)
    except Exception:
        log.exception("health.check_failed")
        return "does not answer"
    return "ok"


def _check_database(installed: Installation) -> None:
    with installed.database.read() as session:
        session.execute(text("select 1 from competition limit 1"))


def _check_storage(installed: Installation) -> None:
    with installed.blobs.receive() as blob:
        blob.write(b"can files be written?")


def _check_labels(installed: Installation) -> None:
    with installed.database.read() as session:
        found = competitions.all_competitions(session)
    if not found:
        raise OSError("there is no competition yet")
    for competition in found:
        installed.labels.labels(competition.dataset_hash)
