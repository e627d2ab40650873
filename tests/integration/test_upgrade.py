"""An event of the version published before, on the schema of then: upgraded, it goes on as it was.

`upgrade/published.jsonl` holds every row that commit b8b3c58 wrote for an event on the digits, and
before them what its board said. A later release writes it anew, with its own code.
"""

import hashlib
import json
import shutil
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from alembic import command
from alembic.config import Config
from fastapi.testclient import TestClient
from sqlalchemy import JSON, Boolean, DateTime, MetaData, inspect, text

from heldout_server.blobs import BlobStore
from heldout_server.datasets.store import DatasetStore
from heldout_server.grading import LabelStore
from heldout_server.kit.db import Database
from heldout_server.processes.installation import Folders, Installation, migrate, migrations
from organizer import Organizer
from participant import Participant, npy

PUBLISHED = Path(__file__).parent / "upgrade" / "published.jsonl"
THEN, *ROWS = map(json.loads, PUBLISHED.read_text().splitlines())


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path):
    """The database as the published version left it, brought to the schema of today."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'heldout.db'}")
    else:
        database = Database(request.getfixturevalue("empty_postgres"))
    _go_to(database, THEN["revision"])
    if database.is_sqlite:
        assert _columns(database) == THEN["columns_sha256"], "a migration of then was changed"
    _fill(database)
    migrate(database)
    yield database
    database.dispose()


@pytest.fixture
def installed(database, settings, digits_home, tmp_path):
    folders, digits = Folders(tmp_path), Folders(digits_home)
    folders.work.mkdir()
    shutil.copytree(digits.datasets, folders.datasets)
    shutil.copytree(digits.labels, folders.labels)
    return Installation(
        settings=settings,
        folders=folders,
        database=database,
        blobs=BlobStore(folders.blobs),
        datasets=DatasetStore(folders.datasets),
        labels=LabelStore(folders.labels),
    )


def _go_to(database: Database, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations()))
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.commit()


def _columns(database: Database) -> str:
    with database.engine.connect() as connection:
        names = set(inspect(connection).get_table_names()) - {"alembic_version"}
        found = [
            (name, *column[1:4], column[5])
            for name in names
            for column in connection.exec_driver_sql(f'pragma table_info("{name}")')
        ]
    return hashlib.sha256(repr(sorted(found)).encode()).hexdigest()


def _fill(database: Database) -> None:
    tables = MetaData()
    with database.engine.begin() as connection:
        names = {row["table"] for row in ROWS}
        tables.reflect(connection, only=names)
        for row in ROWS:
            table = tables.tables[row["table"]]
            values = {name: _value(table.c[name], given) for name, given in row["row"].items()}
            connection.execute(table.insert().values(values))
        if not database.is_sqlite:
            for name in sorted(n for n in names if "id" in tables.tables[n].c):
                counter = f"pg_get_serial_sequence('{name}', 'id')"
                connection.execute(text(f"select setval({counter}, max(id)) from {name}"))


def _value(column, given):
    if given is None:
        return None
    if isinstance(column.type, DateTime):
        return datetime.fromisoformat(given)
    if isinstance(column.type, Boolean):
        return bool(given)
    return json.loads(given) if isinstance(column.type, JSON) else given


def board(api):
    shown = api.get("/api/v1/competitions/digits/leaderboard").json()
    return [{name: row[name] for name in THEN["board"][0]} for row in shown["rows"]]


def test_an_event_of_before_goes_on(api, clock, labels):
    assert board(api) == THEN["board"]
    for path in ("/c/digits", "/c/digits/race", f"/submissions/{board(api)[0]['submission_id']}"):
        assert api.get(path).status_code == 200
    organizer = Organizer(api, THEN["organizer_token"])
    people = organizer.get("/competitions/digits/participants").json()["participants"]
    assert {one["name"] for one in people} == set(THEN["tokens"])
    clock.advance(hours=1)
    grace = Participant(api, THEN["tokens"]["Grace"], "Grace")
    shown = grace.submit(npy(labels))
    assert (shown["state"], shown["score"], shown["rank"]) == ("scored", 1.0, 1)
    new = Participant.join(api, "New here").submit(npy(np.zeros_like(labels)))
    assert (new["state"], new["rank"]) == ("scored", len(THEN["board"]) + 1)
    kept = {row["participant"]["name"]: row["score"] for row in board(api)}
    assert kept["Ada"] == THEN["board"][0]["score"]


def test_the_api_of_today_reads_what_was_sent_then(api: TestClient):
    ada = Participant(api, THEN["tokens"]["Ada"], "Ada")
    sent = ada.get("/me/submissions").json()
    assert [one["state"] for one in sent["submissions"]] == ["scored", "scored"]
