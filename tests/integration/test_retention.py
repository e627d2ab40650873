"""Names and files go when their time is over, and once only; scores stay, without a name."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from sqlalchemy import select, update

from console import Console
from heldout_server.blobs import BlobMissing
from heldout_server.competitions.settings_acts import starting_values
from heldout_server.datasets.store import DatasetStore
from heldout_server.models import AuditEntry, Participant, Submission, metadata
from heldout_server.processes.installation import Folders, add_competition
from heldout_server.processes.sweeps import Upkeep
from heldout_server.submissions import retention
from organizer import Organizer
from participant import npy

SAID = ("Countess", "ada@example.org", "s-1815", "engine.npy", "difference", "my own notes", "Owls",
        "copied it", "spoilt", "5c001" * 8)  # fmt: skip
"""What people and organizers wrote; nothing of it may be left anywhere but in the audit log."""
ROSTER = "name,email,reference\nCountess,ada@example.org,s-1815\n"
HERE = "/competitions/digits"


@pytest.fixture
def owner(api, organizer_token) -> Organizer:
    return Organizer(api, organizer_token)


@pytest.fixture
def held(owner, join, labels, clock, database):
    """A contest that closes in an hour, to be forgotten 30 days later, with what people wrote."""
    closes = clock().replace(hour=clock().hour + 1).isoformat()
    answer = owner.patch(HERE, {"closes_at": closes, "retention_days": 30, "team_size": 2})
    assert answer.status_code == 200, answer.text
    headers = {"Authorization": f"Bearer {owner.token}", "Content-Type": "text/csv"}
    owner.api.post(f"/api/v1/admin{HERE}/roster", content=ROSTER, headers=headers)
    ada, bob = join("Countess"), join("Bob")
    with database.write() as session:
        session.execute(update(Participant).where(Participant.id == 1).values(school_hash=SAID[-1]))
    card = {"notes": "my own notes"}
    sent = ada.submit(npy(labels), name="difference", filename="engine.npy", run_card=card)
    other = bob.submit(npy((labels + 1) % 10))
    ada.send("POST", "/me/team", {"name": "Owls"})
    path = f"{HERE}/submissions/{other['id']}/disqualify"
    assert owner.post(path, {"reason": "copied it"}).status_code == 200
    people = owner.get(f"{HERE}/participants").json()["participants"]
    [bobs] = [one["id"] for one in people if one["name"] == "Bob"]
    owner.post(f"{HERE}/participants/{bobs}/ban", {"reason": "spoilt"})
    return sent


def words(session) -> str:
    """Every row of every table but the audit log, as text."""
    tables = [table for table in metadata.sorted_tables if table.name != "audit_entry"]
    rows = [list(map(list, session.execute(select(table)))) for table in tables]
    return json.dumps(rows, default=str)


def swept(installed, clock) -> None:
    """The server's sweep, as it runs every few seconds."""
    Upkeep(installed, clock)()


class TestForgetting:
    def test_waits_for_its_day(self, held, installed, database, clock):
        clock.advance(days=30)
        swept(installed, clock)
        with database.read() as session:
            assert "Countess" in words(session)
            assert retention.outstanding(session, now=clock()) == []

    def test_leaves_no_word_and_no_file_and_keeps_the_score(
        self, held, api, installed, database, clock
    ):
        with database.read() as session:
            before = words(session)
            file = session.execute(select(Submission.sha256)).scalars().first()
        assert [word for word in SAID if word not in before] == []
        clock.advance(days=30, hours=1)
        swept(installed, clock)
        with database.read() as session:
            after = words(session)
            assert [word for word in SAID if word in after] == []
            assert [one.left_at for one in session.execute(select(Participant)).scalars()] == (
                [clock()] * 2
            )
        with pytest.raises(BlobMissing), installed.blobs.local(file):
            pass
        [row] = api.get("/api/v1/competitions/digits/leaderboard").json()["rows"]
        assert row["score"] == 1.0

    def test_is_done_once_however_often_it_is_swept(self, held, installed, database, clock):
        clock.advance(days=31)
        for _ in range(2):
            swept(installed, clock)
        with database.read() as session:
            done = select(AuditEntry).where(AuditEntry.action == "competition.forget")
            [entry] = session.execute(done).scalars()
            assert (entry.actor_kind, entry.before) == ("server", {"participants": 2})
            assert retention.outstanding(session, now=clock()) == []

    def test_begins_again_after_it_was_broken_off(self, held, installed, database, clock):
        clock.advance(days=31)
        with suppress(KeyboardInterrupt), database.write() as session:
            assert retention.forget_due(session, now=clock()) == ["digits"]
            raise KeyboardInterrupt
        with database.read() as session:
            assert "Countess" in words(session)
            assert len(retention.outstanding(session, now=clock())) == 1
        swept(installed, clock)
        with database.read() as session:
            assert "Countess" not in words(session)

    def test_keeps_everything_where_no_time_was_set(self, held, owner, installed, database, clock):
        owner.patch(HERE, {"retention_days": None})
        clock.advance(days=4000)
        swept(installed, clock)
        with database.read() as session:
            assert "Countess" in words(session)


class TestByHand:
    def test_is_for_owners_of_what_is_over_and_confirmed(self, held, owner, clock):
        assert owner.post(f"{HERE}/forget", {"confirm": "digits"}).json()["code"] == "conflict"
        clock.advance(hours=2)
        assert owner.post(f"{HERE}/forget", {"confirm": "mnist"}).json()["code"] == "validation"
        made = owner.post("/organizers", {"name": "Hopper", "role": "helper"}).json()
        helper = Organizer(owner.api, made["token"])
        assert helper.post(f"{HERE}/forget", {"confirm": "digits"}).json()["code"] == "forbidden"
        assert owner.post(f"{HERE}/forget", {"confirm": "digits"}).status_code == 200

    def test_nothing_before_it_can_be_undone(self, held, owner, clock):
        clock.advance(hours=2)
        owner.post(f"{HERE}/forget", {"confirm": "digits"})
        assert owner.post(f"{HERE}/undo").json()["code"] == "conflict"


class TestWords:
    def test_the_dashboard_warns_before_and_not_after(self, held, owner, api, installed, clock):
        console = Console(api.app, owner.token)
        warned = "Names and files are deleted for good"
        assert warned not in console.get("").text
        clock.advance(hours=2)
        assert warned in console.get("").text
        clock.advance(days=30)
        swept(installed, clock)
        assert warned not in Console(api.app, owner.token).get("").text

    def test_everybody_reads_how_long(self, held, api):
        page = " ".join(api.get("/privacy").text.split())
        assert "deleted 30 days after its end" in page

    def test_a_server_can_say_how_long_from_the_start(self, settings, digits_home, database, clock):
        store = DatasetStore(Folders(digits_home).datasets)
        info = store.info(next(store.root.iterdir()).name)
        settings.retention_days = 14
        with database.write() as session:
            made = add_competition(session, info, settings, now=clock())
            assert made.retention_days == 14
        assert starting_values(settings)["retention_days"] == 14
