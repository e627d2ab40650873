"""What participants do for themselves: name, token, data, leaving."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlmodel import select

from heldout_server.acts import events
from heldout_server.acts.events import EventKind
from heldout_server.competitions import queries as competitions
from heldout_server.jobs.ledger import Claim
from heldout_server.kit.db import database_now
from heldout_server.kit.errors import Rejection
from heldout_server.models import Event, RowRange, RunCard, Score, State, Step, Submission
from heldout_server.processes.model_scoring import Recorder
from heldout_server.submissions.hop import Rejected
from participant import Participant, npy
from waiting import run_until


class TestRename:
    def test_works_once(self, api, join, labels):
        ada = join("Ada")
        ada.submit(npy(labels))
        assert ada.send("PATCH", "/me", {"name": "Countess"}).json()["name"] == "Countess"
        assert "Countess" in api.get("/c/digits/board").text
        again = ada.send("PATCH", "/me", {"name": "Duchess"})
        assert (again.status_code, again.json()["code"]) == (409, "conflict")

    def test_a_refused_name_is_no_rename(self, join):
        ada, _ = join("Ada"), join("Bob")
        assert ada.send("PATCH", "/me", {"name": "BOB"}).json()["code"] == "duplicate_name"
        assert ada.send("PATCH", "/me", {"name": " "}).json()["code"] == "validation"
        assert ada.send("PATCH", "/me", {"name": "Countess"}).status_code == 200


def test_a_name_changes_while_ties_are_written(join, labels, installed):
    """Ties hold the competition and refer to people; a new name keeps out what refers to them."""
    if installed.database.is_sqlite:
        pytest.skip("SQLite's writers follow one another")
    ada = join("Ada")
    ada.submit(npy(labels))
    with ThreadPoolExecutor(1) as beside, installed.database.write() as session:
        competitions.by_slug(session, "digits", lock=True)
        leaving = beside.submit(ada.send, "DELETE", "/me", {"confirm": "Ada"})
        run_until(lambda: _waiting_for_a_lock(installed.database))
        sent = session.exec(select(Submission)).one()
        session.add(
            RowRange(
                participant_id=sent.participant_id, part="some", competition_id=1,
                submission_id=sent.id, score=1.0, basis="", event_id=1, leader_id=sent.id,
                tie_group=1, rank_low=1, rank_high=1, tied_with_leader=False,
            )
        )  # fmt: skip
        session.commit()
        assert leaving.result().status_code == 204


class TestTwoEventsWhileTiesAreWritten:
    """Both hold the competition and then the order of events."""

    @pytest.fixture
    def sent(self, join, labels, installed):
        """A scored file that runs again, with its owner."""
        if installed.database.is_sqlite:
            pytest.skip("SQLite's writers follow one another")
        ada = join("Ada")
        ada.submit(npy(labels))
        with installed.database.write() as session:
            row = session.exec(select(Submission)).one()
            row.state, row.token = State.RUNNING, "held"
            # Or a sweep could take it for one whose worker has died.
            row.lease_until = database_now(session) + timedelta(hours=1)
            session.add(row)
        return ada, row

    @pytest.fixture
    def with_ties(self, installed):
        """Does something in a thread while ties are written, and returns what it returns."""

        def done(work):
            with ThreadPoolExecutor(1) as beside, installed.database.write() as session:
                competitions.by_slug(session, "digits", lock=True)
                working = beside.submit(work)
                run_until(lambda: _waiting_for_a_lock(installed.database))
                now = database_now(session)
                events.append(session, EventKind.TIES_CHANGED, competition_id=1, now=now)
                session.commit()
                return working.result()

        return done

    def test_work_is_taken_back(self, sent, with_ties):
        ada, row = sent
        answer = with_ties(lambda: ada.post(f"/submissions/{row.public_id}/withdraw"))
        assert answer.status_code == 200

    def test_a_rejection_takes_the_earlier_score_away(self, sent, with_ties, installed, clock):
        _, row = sent
        claim = Claim(row.id, "held", Step.PARSE, 1)
        rejected = Rejected(Rejection("shape", "It has another shape.", "Save it again."))

        def record():
            with installed.database.write() as session:
                Recorder(installed.blobs, clock)(session, claim, rejected)

        with_ties(record)
        with installed.database.read() as session:
            assert session.get_one(Submission, row.id).state == State.REJECTED
            assert not session.exec(select(Score)).all()


def _waiting_for_a_lock(database):
    waiting = "select 1 from pg_stat_activity where datname = current_database()"
    with database.read() as session:
        return session.execute(text(f"{waiting} and wait_event_type = 'Lock'")).all()


class TestToken:
    def test_replaces_the_one_that_asked(self, api, join):
        ada = join("Ada")
        token = ada.post("/me/token").json()["token"]
        assert ada.get("/me").status_code == 401
        assert Participant(api, token, "Ada").get("/me").status_code == 200


class TestFinal:
    def test_is_ones_own_scored_ones_and_not_too_many(self, join, labels):
        ada, bob = join("Ada"), join("Bob")
        sent = [ada.submit(npy((labels + n) % 10))["id"] for n in range(2)]
        rejected = ada.submit(npy([1]))["id"]
        assert ada.get("/me/final").json() == {"submissions": [], "at_most": 1}
        for wrong, code in (
            (sent, "validation"),
            ([rejected], "not_found"),
            (["s_none"], "not_found"),
        ):
            assert ada.put("/me/final", {"submissions": wrong}).json()["code"] == code
        assert bob.put("/me/final", {"submissions": sent[:1]}).json()["code"] == "not_found"
        for chosen in (sent[:1], sent[1:], sent[1:], []):
            answer = ada.put("/me/final", {"submissions": chosen})
            assert answer.json()["submissions"] == chosen


class TestData:
    def test_has_everything_and_no_secret(self, join, labels, installed):
        ada = join("Ada")
        scored = ada.submit(npy(labels), run_card={"notes": "my notes"})
        ada.open(npy((labels + 1) % 10), name="waiting")
        answer = ada.get("/me/data")
        data = answer.json()
        assert data["participant"]["name"] == "Ada"
        assert data["submissions"][0]["public_id"] == scored["id"]
        assert data["submissions"][0]["score"] == 1.0
        assert data["submissions"][0]["private_score"] is None
        assert data["submissions"][0]["run_card"] == {"notes": "my notes"}
        assert data["opened"][0]["name"] == "waiting"
        assert "hash" not in json.dumps(data["participant"])
        assert answer.headers["Cache-Control"] == "no-store"
        assert "attachment" in answer.headers["Content-Disposition"]


class TestLeaving:
    @pytest.fixture
    def left(self, join, labels):
        ada = join("Ada Lovelace")
        ada.submit(
            npy(labels), name="Ada's model", filename="lovelace.npy", run_card={"notes": "Ada"}
        )
        assert ada.send("DELETE", "/me", {"confirm": "ada lovelace"}).status_code == 204
        return ada

    def test_needs_the_name(self, join):
        ada = join("Ada")
        answer = ada.send("DELETE", "/me", {"confirm": "yes"})
        assert (answer.status_code, answer.json()["code"]) == (422, "validation")
        assert ada.get("/me").status_code == 200

    def test_leaves_a_score_without_a_name(self, left, api, installed):
        answer = api.get("/api/v1/competitions/digits/leaderboard").json()
        assert answer["rows"][0]["score"] == 1.0
        assert answer["rows"][0]["participant"]["name"].startswith("Somebody ")
        assert left.get("/me").status_code == 401
        for page in (
            json.dumps(answer),
            api.get("/c/digits").text,
            api.get("/c/digits/board").text,
        ):
            assert "Lovelace" not in page
        with installed.database.read() as session:
            assert session.execute(select(RunCard)).first() is None
            sent = session.execute(select(Submission)).scalar_one()
            events = session.execute(select(Event)).scalars().all()
        assert "lovelace" not in (sent.name + sent.filename).lower()
        assert all("Lovelace" not in json.dumps(event.data) for event in events)

    def test_frees_the_name(self, left, join):
        assert join("Ada Lovelace").get("/me").status_code == 200


def test_strangers_are_refused_everywhere(api):
    paths = api.get("/openapi.json").json()["paths"]
    mine = [(m, p) for p, item in paths.items() for m in item if p.startswith("/api/v1/me")]
    assert len(mine) >= 12
    for method, path in mine:
        assert api.request(method, path).status_code == 401, (method, path)
