"""A fresh start after a rehearsal: what goes, what stays, and that nothing undoes it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import delete, text
from sqlmodel import select

from conftest import CODE
from heldout_server.models import Participant, RosterEntry, Run, Submission, Webhook, metadata
from heldout_server.runs.record_runs import record_missing
from integration.console.test_acts import undo_of
from integration.console.test_pages import settings
from outline import as_read
from participant import npy
from waiting import run_until


@pytest.fixture
def rehearsed(owner, join, labels, api):
    """An evening that was played through, to the reveal and beyond."""
    owner.post("settings/save", **settings(title="Novices", join_code=CODE, team_size="3"))
    owner.post("roster/import", csv="Ada\nCy")
    owner.post("webhooks/add", url="https://example.com/x", format="slack", kinds=["new_leader"])
    for name in ("Ada", "Bo"):
        join(name).submit(npy(labels))
    join("Dee").submit(b"not an array")
    owner.post("teams/create", name="Owls", captain="Ada")
    owner.post("announce", text="Pizza")
    owner.post("refund", who="Bo")
    owner.post("rescores/create", corrections="0, 1\n1, 1")
    owner.post("pause"), owner.post("board/reveal"), owner.post("board/open-hardest")
    return api


def reset(owner, **fields):
    return owner.post("settings/reset", **{"confirm": "digits", **fields})


def about(session) -> set[str]:
    """The tables that say anything of a submission."""
    tables = [t for t in metadata.sorted_tables if "submission_id" in t.c]
    found = {t.name: session.execute(select(t.c.submission_id)).scalars().all() for t in tables}
    return {name for name, ids in found.items() if any(one is not None for one in ids)}


def test_removes_submissions_and_keeps_people_and_settings(owner, rehearsed, database, join):
    page = reset(owner)
    assert page.url.path == "/organize/c/digits"
    assert "Reset: it has no submissions." in page.text
    with database.read() as session:
        assert session.execute(select(Submission)).first() is None
        assert about(session) == set()
        assert len(session.execute(select(Participant)).all()) == 3
        assert session.execute(select(Webhook)).scalars().one().leader_id is None
    shown = rehearsed.get("/api/v1/competitions/digits").json()
    assert (shown["title"], shown["state"]) == ("Novices", "paused")
    board = rehearsed.get("/c/digits").text
    assert "Pizza" not in board
    assert "Final" not in as_read(board)


def test_goes_on_as_if_nothing_had_been(owner, rehearsed, labels, join):
    reset(owner, people="yes")
    owner.post("resume")
    sent = join("Ada").submit(npy(labels))
    assert sent["rank"] == 1
    assert "1 joined, 1 scored" in as_read(owner.get("people").text)


def test_removes_people_and_teams_where_wanted(owner, rehearsed, database):
    reset(owner, people="yes")
    with database.read() as session:
        assert session.execute(select(Participant)).first() is None
        expected = session.execute(select(RosterEntry)).scalars().all()
        assert [(one.name, one.participant_id) for one in expected] == [("Ada", None), ("Cy", None)]


def test_is_not_undone_nor_anything_before_it(owner, rehearsed):
    reset(owner)
    assert "Nothing to undo yet." in as_read(owner.get().text)
    resumed = owner.post("resume")
    assert "Undone" in owner.post("undo", act=undo_of(resumed.text)).text
    assert "reset the competition" in owner.get("log").text


@pytest.mark.parametrize(
    ("fields", "said"),
    [({"confirm": "mnist"}, "must be repeated"), ({"confirm": ""}, "must be repeated")],
)
def test_needs_its_address_typed(owner, rehearsed, fields, said):
    page = reset(owner, **fields)
    assert page.status_code == 422
    assert said in page.text


def test_is_refused_while_submissions_are_taken(owner, join):
    page = reset(owner)
    assert page.status_code == 409
    assert "Pause it first" in page.text


def test_is_for_owners(helper):
    assert reset(helper).status_code == 403


@pytest.mark.quiet
def test_removes_what_is_being_written_at_that_moment(owner, rehearsed, database):
    with database.write() as session:
        session.execute(delete(Run))
    with ThreadPoolExecutor(1) as pool:
        with database.write() as session:
            assert record_missing(session) == 2
            resetting = pool.submit(reset, owner)
            run_until(lambda: waits_for_a_lock(database))
        assert "Reset: it has no submissions." in resetting.result().text
    with database.read() as session:
        assert about(session) == set()


def waits_for_a_lock(database) -> bool:
    """Whether a statement waits for another transaction; SQLite's next writer always does."""
    if database.engine.dialect.name == "sqlite":
        return True
    query = "select count(*) from pg_stat_activity where datname = current_database()"
    with database.engine.connect() as connection:
        waiting = connection.execute(text(f"{query} and wait_event_type = 'Lock'"))
        return bool(waiting.scalar_one())
