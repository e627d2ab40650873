"""Fixtures shared by all tests: databases, an installation on real digits, an API client."""

from __future__ import annotations

import gc
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import hypothesis
import numpy as np
import psycopg
import pytest
import structlog
from fastapi.testclient import TestClient
from sqlalchemy import Dialect, event

from heldout_server.blobs import BlobStore
from heldout_server.datasets.digits import load_digits
from heldout_server.datasets.loaded import DIGITS
from heldout_server.datasets.store import DatasetStore
from heldout_server.grading import LabelStore
from heldout_server.kit.db import Database
from heldout_server.kit.settings import Settings
from heldout_server.processes.installation import (
    Folders,
    Installation,
    add_competition,
    ensure_organizer,
    migrate,
)
from object_store import ObjectStoreServer
from object_store import running as object_store_running
from participant import Participant

# How long an example takes says how busy the machine is.
hypothesis.settings.register_profile(
    "busy machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
# What `make unit` takes: a tenth of the examples, for a look between two edits.
hypothesis.settings.register_profile(
    "quick", hypothesis.settings.get_profile("busy machine"), max_examples=10
)
hypothesis.settings.load_profile("busy machine")
# Where bytecode isn't written, each server and command that a test starts compiles all of ours.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# ONNX Runtime, imported by tests of graphs, would report to its makers.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
ROOT = Path(__file__).parents[1]
# As in the server itself, logs go to the standard error: what a command prints is its own.
# A plain traceback: the default draws every frame's variables, which takes minutes for some.
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ],
    logger_factory=structlog.PrintLoggerFactory(sys.__stderr__),
)
POSTGRES = os.environ.get("HELDOUT_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
EMPTYING = """
    select
      (select string_agg('delete from ' || quote_ident(tablename), ';') from pg_tables
       where schemaname = 'public' and tablename <> 'alembic_version'),
      (select string_agg('select setval(' || quote_literal(quote_ident(sequencename))
        || ', 1, false)', ';')
       from pg_sequences where schemaname = 'public')
"""
START = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
CODE = "WAT-2026"


def pytest_collection_finish() -> None:
    """Leave what imports made out of every search for garbage, as the server does; search seldom.

    Each test makes a server, and to look through it again and again was a tenth of the time.
    """
    _keep_python_out_of_garbage()
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)


def _keep_python_out_of_garbage() -> None:
    """Have Hypothesis register what it times the search for garbage with, and drop it.

    Python 3.11.7 fails to parse, with a SystemError, when a callback lets another thread parse
    meanwhile (python/cpython#106905), and NumPy parses the head of every array that it loads.
    """
    once = hypothesis.settings(max_examples=1, database=None)
    once(hypothesis.given(hypothesis.strategies.none())(lambda _: None))()
    gc.callbacks.clear()


def missing(service: str) -> None:
    """A missing service skips by name on a laptop and fails in CI."""
    if os.environ.get("CI"):
        pytest.fail(f"{service} is missing, and CI must have it")
    pytest.skip(f"{service} is missing")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with the real MNIST and real models, where there is one."""
    folder = Path(os.environ.get("HELDOUT_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "mnist.npz").exists():
        pytest.skip("the folder with the real MNIST is missing")
    return folder


@pytest.fixture(autouse=True)
def same_umask() -> Iterator[None]:
    """Commands make files private from then on; the next test's copies are for others to read."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)


class Clock:
    """A clock that tests move by hand."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **duration: float) -> None:
        self.now += timedelta(**duration)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def digits_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Datasets and labels of the UCI digits, made once."""
    folders = Folders(tmp_path_factory.mktemp("digits"))
    dataset = load_digits()
    info = DatasetStore(folders.datasets).add(dataset)
    labels = LabelStore(folders.labels)
    labels.add(info.content_hash, dataset.y_test)
    labels.split(info.slug, info.content_hash, info.task, public_fraction=0.5)
    return folders.root


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy: migrations are part of every run."""
    path = tmp_path_factory.mktemp("template") / "heldout.db"
    database = Database(f"sqlite:///{path}")
    migrate(database)
    database.dispose()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A migrated PostgreSQL database of this run's own."""
    name = f"heldout_test_{uuid4().hex[:12]}"
    try:
        admin = psycopg.connect(POSTGRES, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError:
        missing("PostgreSQL on 127.0.0.1:5432")
    admin.execute(f'create database "{name}"')
    # What a test leaves behind need not outlive a power cut.
    admin.execute(f'alter database "{name}" set synchronous_commit = off')
    url = POSTGRES.rsplit("/", 1)[0].replace("postgresql://", "postgresql+psycopg://") + f"/{name}"
    database = Database(url)
    migrate(database)
    database.dispose()
    yield url
    admin.execute(f'drop database "{name}" with (force)')
    admin.close()


@pytest.fixture
def empty_postgres(postgres_url: str) -> Iterator[str]:
    """The URL of a PostgreSQL database without any table."""
    name = f"heldout_empty_{uuid4().hex[:12]}"
    with psycopg.connect(POSTGRES, autocommit=True) as admin:
        admin.execute(f'create database "{name}"')
        yield f"{postgres_url.rsplit('/', 1)[0]}/{name}"
        admin.execute(f'drop database "{name}" with (force)')


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database of the newest schema; every test runs on both kinds."""
    if request.param == "sqlite":
        path = tmp_path / "heldout.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        database = Database(f"sqlite:///{path}")
        # As for PostgreSQL: no test cuts the power.
        event.listen(database.engine, "connect", _write_behind)
    else:
        database = Database(request.getfixturevalue("postgres_url"))
        _empty(database)
    _share_statements(database)
    yield database
    database.dispose()


_compiled: dict[str, tuple[Dialect, Any]] = {}


def _share_statements(database: Database) -> None:
    """Have every test's engine know what others compiled: anew, that was a fifth of the time."""
    mine = database.engine.dialect, database.engine._compiled_cache
    shared = _compiled.setdefault(database.engine.dialect.name, mine)
    for engine in (database.engine, database._reading):
        engine.dialect, engine._compiled_cache = shared


def _write_behind(connection: sqlite3.Connection, _: object) -> None:
    connection.execute("PRAGMA synchronous=OFF")


def _empty(database: Database) -> None:
    """Rows and counters go; `truncate` makes new files for every table, a third of a second."""
    with database.engine.begin() as connection:
        deletes, counters = connection.exec_driver_sql(EMPTYING).one()
        connection.exec_driver_sql("set local session_replication_role = replica")
        connection.exec_driver_sql(deletes)
        connection.exec_driver_sql(counters)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path, join_code=CODE, model_workers=0, mnist=None)


@pytest.fixture
def installed(
    database: Database, settings: Settings, digits_home: Path, tmp_path: Path, clock: Clock
) -> Installation:
    """An installation with one open competition on the digits."""
    folders, digits = Folders(tmp_path), Folders(digits_home)
    folders.work.mkdir()
    # A test may add data sets; the next one must not find them.
    shutil.copytree(digits.datasets, folders.datasets)
    shutil.copytree(digits.labels, folders.labels)
    installation = Installation(
        settings=settings,
        folders=folders,
        database=database,
        blobs=BlobStore(folders.blobs),
        datasets=DatasetStore(folders.datasets),
        labels=LabelStore(folders.labels),
    )
    info = installation.datasets.info(next(folders.datasets.iterdir()).name)
    with database.write() as session:
        add_competition(session, info, settings, now=clock())
    return installation


@pytest.fixture
def organizer_token(installed: Installation, clock: Clock) -> str:
    token = ensure_organizer(installed, now=clock())
    assert token is not None
    return token


@pytest.fixture
def api(
    request: pytest.FixtureRequest, installed: Installation, clock: Clock
) -> Iterator[TestClient]:
    """The whole embedded server in this process (its model workers switched off).

    Marked `quiet`, it does nothing beside the queue: no tie comes between two looks at a board.
    """
    # Importing every page takes seconds, which tests of pure modules need not wait for.
    from heldout_server.processes.server import create_app, embedded

    server = embedded(installed, clock=clock)
    if request.node.get_closest_marker("quiet"):
        server = replace(server, background=())
    with TestClient(create_app(server)) as client:
        yield client


@pytest.fixture
def labels(installed: Installation) -> np.ndarray:
    """The hidden labels of the digits, for tests that need a prediction of known quality."""
    digits = next(installed.datasets.root.iterdir()).name
    return installed.labels.labels(digits)


@pytest.fixture
def public(installed: Installation) -> np.ndarray:
    """The mask of the public hidden examples."""
    digits = next(installed.datasets.root.iterdir()).name
    return installed.labels.split("digits", digits, DIGITS, public_fraction=0.5).public


Join = Callable[..., Participant]


@pytest.fixture
def join(api: TestClient) -> Join:
    """Join under a name; returns somebody who can submit."""

    def joining(name: str = "Ada") -> Participant:
        return Participant.join(api, name)

    return joining


@pytest.fixture(scope="session")
def object_store() -> Iterator[ObjectStoreServer]:
    """A real S3-compatible server (moto's) for the whole run."""
    with object_store_running() as server:
        yield server
