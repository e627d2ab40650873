"""The audit log: written with the act, append-only, filterable, paged by key."""

import contextlib

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from heldout_server.acts import audit_log
from heldout_server.acts.audit_log import AT_THE_TERMINAL, Actor, Target

SOMETHING = Target("thing", "t_1")


@pytest.fixture
def entries(installed, clock):
    with installed.database.write() as session:
        for number in range(5):
            before, after = {"number": number}, {"number": number + 1}
            audit_log.record(
                session, AT_THE_TERMINAL, "thing.change", SOMETHING, before, after, clock()
            )
            clock.advance(minutes=1)


class TestRecord:
    def test_says_who_what_when_before_and_after(self, owner, helper):
        entry = owner.get("/audit").json()["entries"][0]
        assert entry["actor_name"] == "Organizer"
        assert entry["actor_id"] == owner.get("/me").json()["id"]
        assert entry["action"] == "organizer.add"
        assert entry["before"] is None
        assert entry["after"] == {"name": "Hopper", "role": "helper", "email": ""}

    def test_is_rolled_back_with_the_act(self, installed, clock):
        with contextlib.suppress(RuntimeError), installed.database.write() as session:
            audit_log.record(
                session, AT_THE_TERMINAL, "thing.change", SOMETHING, None, None, clock()
            )
            raise RuntimeError("the act failed after all")
        with installed.database.read() as session:
            assert list(audit_log.page(session, audit_log.Wanted(), limit=10)) == []

    def test_finds_what_the_same_request_did(self, installed, clock):
        once = Actor("organizer", "Ada", "o_1").asked("click-12345", b"change it")
        other = Actor("organizer", "Bob", "o_2").asked("click-12345", b"change it")
        with installed.database.write() as session:
            assert audit_log.earlier(session, once, "thing.change") is None
            entry = audit_log.record(session, once, "thing.change", SOMETHING, None, None, clock())
            assert audit_log.earlier(session, once, "thing.change") == entry
            assert audit_log.earlier(session, other, "thing.change") is None

    @pytest.mark.parametrize(
        "change", ["UPDATE audit_entry SET action = 'x'", "DELETE FROM audit_entry"]
    )
    def test_the_database_refuses_changes(self, installed, entries, change):
        with (
            pytest.raises(DatabaseError, match="append-only"),
            installed.database.engine.begin() as connection,
        ):
            connection.execute(text(change))


class TestList:
    def test_pages_by_key_without_gaps(self, owner, entries):
        seen, before = [], None
        while True:
            params = {"before": before} if before else {}
            page = owner.get("/audit", limit=2, **params).json()
            seen += [entry["id"] for entry in page["entries"]]
            before = page["next"]
            if before is None:
                break
        assert seen == sorted(seen, reverse=True)
        assert len(seen) == 6

    @pytest.mark.parametrize(
        ("wanted", "number"),
        [
            ({"action": "thing"}, 5),
            ({"action": "thing.change"}, 5),
            ({"action": "thin"}, 0),
            ({"action": "%"}, 0),
            ({"target": "t_1"}, 5),
            ({"competition": "digits"}, 0),
            ({"since": "2026-11-22T18:03:00Z", "action": "thing"}, 2),
            ({"until": "2026-11-22T18:03:00Z", "action": "thing"}, 3),
        ],
    )
    def test_filters(self, owner, entries, wanted, number):
        assert len(owner.get("/audit", **wanted).json()["entries"]) == number

    def test_says_when_there_is_no_such_competition(self, owner):
        assert owner.get("/audit", competition="none").json()["code"] == "not_found"

    def test_needs_a_zone_in_times(self, owner):
        assert owner.get("/audit", since="2026-11-22T18:03:00").status_code == 422
