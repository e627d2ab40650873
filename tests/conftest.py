"""Fixtures shared by all tests: databases, an installation on real digits, an API client."""

from __future__ import annotations

import gc
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import hypothesis
import numpy as np
import psycopg
import pytest
import structlog
from fastapi.testclient import TestClient

from heldout_server.blobs import BlobStore
from heldout_server.datasets.digits import load_digits
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
from heldout_server.processes.server import create_app, embedded
from object_store import ObjectStoreServer
from object_store import running as object_store_running
from participant import Participant

# How long an example takes says how busy the machine is.
hypothesis.settings.register_profile(
    "busy machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("busy machine")
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
START = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
CODE = "WAT-2026"


def pytest_collection_finish() -> None:
    """Leave what imports made out of every search for garbage, as the server does."""
    _keep_python_out_of_garbage()
    gc.collect()
    gc.freeze()


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
    labels.add(info.content_hash, dataset.test_labels)
    labels.split(info.slug, info.content_hash, public_fraction=0.5)
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
    else:
        database = Database(request.getfixturevalue("postgres_url"))
        _empty(database)
    yield database
    database.dispose()


def _empty(database: Database) -> None:
    with database.engine.begin() as connection:
        tables = connection.exec_driver_sql(
            "select string_agg(quote_ident(tablename), ',') from pg_tables "
            "where schemaname = 'public' and tablename <> 'alembic_version'"
        ).scalar_one()
        connection.exec_driver_sql(f"truncate {tables} restart identity cascade")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path, join_code=CODE, model_workers=0, mnist=None)


@pytest.fixture
def installed(
    database: Database, settings: Settings, digits_home: Path, tmp_path: Path, clock: Clock
) -> Installation:
    """An installation with one open competition on the digits."""
    folders = Folders(tmp_path)
    folders.work.mkdir()
    digits = Folders(digits_home)
    installation = Installation(
        settings=settings,
        folders=folders,
        database=database,
        blobs=BlobStore(folders.blobs),
        datasets=DatasetStore(digits.datasets),
        labels=LabelStore(digits.labels),
    )
    info = installation.datasets.info(next(digits.datasets.iterdir()).name)
    with database.write() as session:
        add_competition(session, info, settings, now=clock())
    return installation


@pytest.fixture
def organizer_token(installed: Installation, clock: Clock) -> str:
    token = ensure_organizer(installed, now=clock())
    assert token is not None
    return token


@pytest.fixture
def api(installed: Installation, clock: Clock) -> Iterator[TestClient]:
    """The whole embedded server in this process (its model workers switched off)."""
    with TestClient(create_app(embedded(installed, clock=clock))) as client:
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
    return installed.labels.split("digits", digits, public_fraction=0.5).public


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
