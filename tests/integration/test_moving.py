"""SQLite to PostgreSQL: the same rows, or nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, text

from heldout_server.kit.db import Database
from heldout_server.models import Event, Participant
from heldout_server.operations import tables
from heldout_server.operations.copy_to_postgres import move
from heldout_server.processes.installation import InstallationError, migrate
from participant import npy

MEDDLER = """
create function meddle() returns trigger language plpgsql as
$$ begin new.name := 'Eve'; return new; end $$
"""


@pytest.fixture
def database(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """SQLite only: what moves."""
    shutil.copy(sqlite_template, tmp_path / "heldout.db")
    database = Database(f"sqlite:///{tmp_path / 'heldout.db'}")
    yield database
    database.dispose()


@pytest.fixture
def target(empty_postgres: str) -> Iterator[Database]:
    database = Database(empty_postgres)
    yield database
    database.dispose()


@pytest.fixture
def filled(api, join, labels, database) -> Database:
    ada = join("Łukasz 🦔")
    card = {"learning_rate": 1e-7, "momentum": -0.0, "steps": 1e22, "layers": [1.0, {"a": None}]}
    ada.submit(npy(labels), run_card={"hyperparameters": card})
    ada.submit(b"not a prediction file")
    return database


class TestMove:
    def test_moves_every_row(self, filled, target):
        moved = {m.table: m.fingerprint.rows for m in move(filled, target)}
        assert moved["submission"] == 2
        assert moved["run_card"] == 1
        assert moved["score"] == 2
        assert set(moved) == {table.name for table in tables.tables()}

    def test_new_rows_are_numbered_after_the_moved_ones(self, filled, target, clock):
        move(filled, target)
        with target.write() as session:
            newest = session.execute(text("select max(id) from event")).scalar_one()
            event = Event(competition_id=1, kind="x", data={}, created_at=clock())
            session.add(event)
            session.flush()
            assert event.id == newest + 1

    def test_refuses_a_target_with_rows(self, filled, target):
        move(filled, target)
        with pytest.raises(InstallationError, match="not empty"):
            move(filled, target)

    def test_refuses_somebody_elses_database(self, filled, target):
        with target.write() as session:
            session.execute(text("create table invoices (id int)"))
        with pytest.raises(InstallationError, match=r"somebody else \(invoices\)"):
            move(filled, target)

    def test_refuses_an_older_schema(self, filled, target):
        with filled.write() as session:
            session.execute(text("update alembic_version set version_num = 'older'"))
        with pytest.raises(InstallationError, match="heldout-server migrate"):
            move(filled, target)

    def test_a_difference_undoes_everything(self, filled, target):
        migrate(target)
        with target.write() as session:
            session.execute(text(MEDDLER))
            session.execute(
                text(
                    "create trigger meddle before insert on participant "
                    "for each row execute function meddle()"
                )
            )
        with pytest.raises(InstallationError, match="participant is not the same"):
            move(filled, target)
        with target.read() as session:
            assert session.execute(text("select count(*) from participant")).scalar_one() == 0

    def test_says_when_the_target_does_not_answer(self, filled):
        nobody = Database("postgresql+psycopg://postgres@127.0.0.1:1/none?connect_timeout=2")
        with pytest.raises(InstallationError, match="doesn't answer"):
            move(filled, nobody)


class TestFingerprint:
    def test_sees_every_change(self, filled):
        table = Participant.__table__
        with filled.engine.connect() as connection:
            before = tables.fingerprint(connection, table)
            assert before == tables.fingerprint(connection, table)
        with filled.write() as session:
            session.execute(text("update participant set name = name || '!'"))
        with filled.engine.connect() as connection:
            assert tables.fingerprint(connection, table) != before

    def test_counts_rows(self, filled, clock):
        table = Event.__table__
        with filled.engine.begin() as connection:
            before = tables.fingerprint(connection, table).rows
            row = {"competition_id": 1, "kind": "x", "data": {}, "created_at": clock()}
            connection.execute(insert(table), [row])
            assert tables.fingerprint(connection, table).rows == before + 1
