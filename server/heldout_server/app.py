"""The web application, and the embedded server around it: everything in one process tree."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import structlog
from fastapi import FastAPI
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.staticfiles import StaticFiles
from sqlalchemy import text

from heldout_server import __version__
from heldout_server import installation as setup
from heldout_server.background import Background
from heldout_server.baselines.rows import BASELINES_TOPIC
from heldout_server.baselines.worker import BaselineWorker
from heldout_server.checking import Checker
from heldout_server.competitions import queries as competitions
from heldout_server.competitions.schedule import Phase, phase
from heldout_server.exporting.moving import EventMover
from heldout_server.grading import LabelIntake, LabelStoreError, Scorer
from heldout_server.installation import Installation
from heldout_server.jobs.embedded import EmbeddedEngine, WorkerGroup
from heldout_server.rescoring.drafts import RESCORES_TOPIC
from heldout_server.rescoring.worker import RescoreWorker
from heldout_server.scoring import Scoring, handlers, make_scoring
from heldout_server.submissions.sweeping import sweep
from heldout_server.web import api, api_docs, client_wheel, health, problems, security
from heldout_server.web.pages import board, console, joining, submission
from heldout_server.web.pages.render import STATIC
from heldout_server.web.services import Health, ModelsHealth, Services
from heldout_server.web.stream import EventStream
from heldout_server.webhooks.outbox import WEBHOOKS_TOPIC
from heldout_server.webhooks.sending import Sender
from heldout_server.webhooks.worker import WebhookWorker

log = structlog.get_logger()

INCOMING_SECONDS = 3600.0
NOT_HERE = "no models are scored by this process"
COMPRESS_FROM_BYTES = 2048
RISK_ACCEPTED = (
    "Models may run without a sandbox on this server (HELDOUT_ALLOW_UNCONTAINED): "
    "take none from people you don't know."
)
DESCRIPTION = """
Join with a code, announce a file, send it, wait for the score.
Every refusal is `application/problem+json` with a stable `code`, one sentence and a hint.
"""


@dataclass(frozen=True)
class Server:
    """An installation with its engine, its scoring machinery and its event stream."""

    services: Services
    engine: EmbeddedEngine
    scoring: Scoring
    background: Sequence[Background] = ()

    def start(self) -> None:
        """Begin to follow events, to warm runners and to work."""
        self.services.stream.start()
        self.scoring.start()
        self.engine.start()
        for worker in self.background:
            worker.start()

    def stop(self) -> None:
        """End streams, then work under way (it will run again), then the database."""
        self.services.stream.stop()
        for worker in self.background:
            worker.stop()
        self.engine.stop()
        self.scoring.stop()
        self.services.database.dispose()


def embedded(installed: Installation, *, clock: Callable[[], datetime] = setup.utc_now) -> Server:
    """Everything in one process tree: web, scorer and grader."""
    scoring = make_scoring(
        installed.settings, installed.folders.work, secret=installed.labels.any_file()
    )
    engine = EmbeddedEngine(
        database=installed.database,
        handlers=handlers(installed, scoring, clock),
        groups=(
            WorkerGroup("models", ("cpu",), scoring.workers),
            WorkerGroup("grading", ("grade",), 1),
        ),
        lease_seconds=installed.settings.lease_seconds,
        max_attempts=installed.settings.max_attempts,
        sweep=lambda: _sweep(installed, clock),
    )
    web = services(installed, scoring, clock=clock)
    return Server(web, engine, scoring, background(installed, web, clock))


def background(
    installed: Installation, web: Services, clock: Callable[[], datetime]
) -> Sequence[Background]:
    """What runs beside the queue: re-scores, baselines, webhooks."""
    database, sender = installed.database, Sender(installed.settings.webhooks_private)
    scorer = Scorer(installed.blobs, installed.datasets, installed.labels)
    rescores = RescoreWorker(database, scorer, clock)
    baselines = BaselineWorker(database, installed.blobs, installed.datasets, scorer, clock)
    webhooks = WebhookWorker(database, sender, clock, lambda: web.check_health().problems)
    kinds: tuple[tuple[str, Callable[[], bool], str, float], ...] = (
        ("rescores", rescores.work, RESCORES_TOPIC, 2.0),
        ("baselines", baselines.work, BASELINES_TOPIC, 2.0),
        ("webhooks", webhooks.work, WEBHOOKS_TOPIC, 2.0),
        ("news", webhooks.look, WEBHOOKS_TOPIC, 15.0),
    )
    return [Background(name, database, work, topic, idle) for name, work, topic, idle in kinds]


def services(
    installed: Installation, scoring: Scoring, *, clock: Callable[[], datetime]
) -> Services:
    """What the web layer needs of an installation; no labels."""
    return Services(
        settings=installed.settings,
        database=installed.database,
        blobs=installed.blobs,
        datasets=installed.datasets,
        stream=EventStream(installed.database),
        clock=clock,
        check_health=lambda: check_health(installed, scoring, now=clock()),
        refuses_models=scoring.containment.refusal,
        checker=Checker(installed, scoring),
        takes_labels=LabelIntake(installed.labels, installed.datasets),
        events=EventMover(
            installed.database, installed.blobs, installed.datasets, installed.labels
        ),
        work_folder=installed.folders.work,
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
    console.install(app)
    # Inside the headers' middleware; leaves event streams and already encoded files alone.
    app.add_middleware(GZipMiddleware, minimum_size=COMPRESS_FROM_BYTES)
    if server.scoring.containment.accepts_risk:
        app.add_middleware(security.PageNotice, text=RISK_ACCEPTED)
    security.install(app)
    app.include_router(api.router)
    for module in (health, api_docs, client_wheel, board, joining, submission, console):
        app.include_router(module.router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app


def check_health(installed: Installation, scoring: Scoring, *, now: datetime) -> Health:
    """Look at what a submission needs; each check answers `ok` or what is wrong."""
    return Health(
        {
            "database": _checked(lambda: _check_database(installed)),
            "storage": _checked(lambda: _check_storage(installed)),
            "labels": _checked(lambda: _check_labels(installed, now)),
        },
        models=models_health(scoring),
    )


def models_health(scoring: Scoring) -> ModelsHealth:
    """Whether models are taken, how the self-test ended, and what the pool is doing."""
    verdict, status = scoring.containment.verdict, scoring.pool.status()
    return ModelsHealth(
        accepting=scoring.workers > 0 and scoring.containment.refusal() is None,
        sandbox=verdict.state,
        detail=verdict.reason or status.problem or ("" if scoring.workers else NOT_HERE),
        probes=len(verdict.probes),
        contained=sum(probe.contained for probe in verdict.probes),
        slots=status.slots,
        ready=status.ready,
        busy=status.busy,
        memory_bytes=status.memory_bytes,
    )


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


def _check_labels(installed: Installation, now: datetime) -> None:
    with installed.database.read() as session:
        found = competitions.all_competitions(session)
    if not found:
        raise OSError("there is no competition yet")
    for competition in found:
        # One that is over grades nothing: an event that was imported to be looked at has no labels.
        if phase(competition, now) is not Phase.CLOSED:
            installed.labels.labels(competition.dataset_hash, competition.labels_version)
