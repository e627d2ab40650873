"""Upgrading a database with rows in it: nothing is lost, and the way back works."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, event, inspect, text

from heldout_server.kit.db import Database
from heldout_server.people import organizers
from heldout_server.people.tokens import token_hash
from heldout_server.processes.installation import migrate, migrations

FIRST = "65ff797d7e25"
ROWS = (
    "insert into dataset values ('h', 'd', 'multiclass', '', '[]', '[]', 1, 1, 1, '2026-01-01')",
    "insert into competition (id, slug, title, description, dataset_hash, metric, join_code,"
    " timezone, kinds, public_fraction, attempts_per_minute, model_bytes, predictions_bytes,"
    " created_at) values (1, 'c', 't', '', 'h', 'accuracy', 'CODE', 'UTC', '[]', 0.5, 30, 1, 1,"
    " '2026-01-01')",
    "insert into participant (id, public_id, competition_id, name, name_key, token_hash, joined_at)"
    " values (1, 'p_1', 1, 'Ada', 'ada', 'x', '2026-01-01')",
    "insert into submission (id, public_id, participant_id, competition_id, idempotency_key, kind,"
    " name, filename, size_bytes, preprocessing, sha256, state, priority, attempt, created_at,"
    " queued_at) values (1, 's_1', 1, 1, 'k', 'model', 'n', 'f', 1, '0-1', 'a', 'scored', 0, 0,"
    " '2026-01-01', '2026-01-01')",
    "insert into organizer_session (id, organizer_id, secret_hash, expires_at)"
    " values (1, 1, 'y', '2027-01-01')",
)


def _go(database: Database, step, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations()))
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        step(config, revision)
        connection.commit()


@pytest.fixture
def empty(tmp_path):
    """A new file of SQLite's."""
    database = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    yield database
    database.dispose()


def _schema(engine: Engine) -> dict[tuple[str, ...], str]:
    """All that tables are made of, by name: columns, keys, indexes, checks and triggers.

    Without what a column is for rows that don't name it: migrations need that for the rows that
    were there before them, and the models name every column.
    """
    schema: dict[tuple[str, ...], str] = {}
    look = inspect(engine)
    for table in set(look.get_table_names()) - {"alembic_version"}:
        schema[table, "key"] = str(look.get_pk_constraint(table))
        for column in look.get_columns(table):
            schema[table, column["name"]] = f"{column['type']} {column['nullable']}"
        for kind in ("foreign_keys", "unique_constraints", "check_constraints", "indexes"):
            for one in getattr(look, f"get_{kind}")(table):
                options = {key: str(value) for key, value in one.pop("dialect_options", {}).items()}
                schema[table, kind, one["name"]] = f"{one} {options}"
    triggers = "select name, tbl_name, sql from sqlite_master where type = 'trigger'"
    with engine.connect() as connection:
        for name, table, what in connection.exec_driver_sql(triggers):
            schema[table, "trigger", name] = what
    return schema


def test_a_new_database_is_what_all_migrations_come_to(empty, tmp_path):
    _go(empty, command.upgrade, "head")
    migrated = _schema(empty.engine)
    made = Database(f"sqlite:///{tmp_path / 'made.db'}")
    migrate(made)
    new = _schema(made.engine)
    made.dispose()
    assert len(new) > 500
    assert any("trigger" in name for name in new)
    assert {
        name: (new.get(name), migrated.get(name)) for name in new.keys() ^ migrated.keys()
    } == {}
    assert {name: (new[name], migrated[name]) for name in new if new[name] != migrated[name]} == {}


def test_a_new_database_says_which_schema_it_has_and_is_left_alone_then(empty):
    migrate(empty)
    migrate(empty)
    with empty.engine.connect() as connection:
        there = connection.exec_driver_sql("select version_num from alembic_version").scalars()
        assert there.all() == [ScriptDirectory(str(migrations())).get_current_head()]


def test_two_processes_make_a_new_database_once(empty):
    other = Database(str(empty.engine.url))
    with ThreadPoolExecutor(2) as both:
        assert list(both.map(migrate, [empty, other])) == [None, None]
    other.dispose()


def test_a_new_database_that_fails_is_as_empty_as_before(empty):
    def fail(_connection, _cursor, statement, *_):
        if "INSERT INTO alembic_version" in statement:
            raise RuntimeError("the disk is full")

    event.listen(empty.engine, "before_cursor_execute", fail)
    with pytest.raises(RuntimeError, match="full"):
        migrate(empty)
    event.remove(empty.engine, "before_cursor_execute", fail)
    assert inspect(empty.engine).get_table_names() == []
    migrate(empty)


def test_none_hangs_on_the_code_of_today():
    """A model that is changed later must not change what an upgrade of years ago does."""
    scripts = list(migrations().glob("versions/*.py"))
    assert scripts
    assert [one.name for one in scripts if "heldout_server" in one.read_text()] == []


def test_the_first_organizer_becomes_an_owner_with_the_same_token(database):
    _go(database, command.downgrade, FIRST)
    with database.engine.begin() as connection:
        connection.execute(
            text(
                "insert into organizer (id, name, token_hash, created_at)"
                " values (1, 'Organizer', :token, '2026-01-01')"
            ),
            {"token": token_hash("ho_kept")},
        )
        for row in ROWS:
            connection.exec_driver_sql(row)
    _go(database, command.upgrade, "head")
    with database.read() as session:
        organizer = organizers.by_token(session, "ho_kept")
    assert organizer is not None
    assert (organizer.name, organizer.role) == ("Organizer", "owner")
    with database.engine.begin() as connection:
        assert connection.exec_driver_sql("select count(*) from submission").scalar() == 1
        if database.is_sqlite:
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    _go(database, command.downgrade, FIRST)
    with database.engine.begin() as connection:
        kept = connection.exec_driver_sql("select token_hash from organizer").scalar()
        for table in ("submission", "participant", "competition", "dataset"):
            connection.exec_driver_sql(f"delete from {table}")
        connection.exec_driver_sql("delete from organizer_session")
        connection.exec_driver_sql("delete from organizer")
    assert kept == token_hash("ho_kept")
    _go(database, command.upgrade, "head")


def test_a_contest_that_runs_ranks_as_before_and_everybody_keeps_their_name(database):
    _go(database, command.downgrade, FIRST)
    with database.engine.begin() as connection:
        for row in ROWS[:-1]:
            connection.exec_driver_sql(row)
    _go(database, command.upgrade, "head")
    with database.engine.begin() as connection:
        ranked = connection.exec_driver_sql("select rank_predictions from competition").scalar()
        person = connection.exec_driver_sql(
            "select name, look_key, pseudonym from participant"
        ).one()
        mark = connection.exec_driver_sql("select moderation from submission").scalar()
        for table in ("submission", "participant", "competition", "dataset"):
            connection.exec_driver_sql(f"delete from {table}")
    assert bool(ranked) is True
    assert tuple(person[:2]) == ("Ada", None)
    assert re.fullmatch(r"[A-Z][a-z]+ [A-Z][a-z]+", person.pseudonym)
    assert mark is None


def test_an_upgrade_that_fails_leaves_all_as_it_was(database):
    _go(database, command.downgrade, FIRST)

    def fail(_connection, _cursor, statement, *_):
        if "drawing_box" in statement:  # of the last of them
            raise RuntimeError("the disk is full")

    event.listen(database.engine, "before_cursor_execute", fail)
    with pytest.raises(RuntimeError, match="full"):
        _go(database, command.upgrade, "head")
    event.remove(database.engine, "before_cursor_execute", fail)
    with database.engine.connect() as connection:
        there = connection.exec_driver_sql("select version_num from alembic_version").scalars()
        assert there.all() == [FIRST]
        assert "drawn_final" not in inspect(connection).get_table_names()
    _go(database, command.upgrade, "head")
