"""One person never holds the last slot, and a time-out costs: nobody stops the room by models."""

import threading
from datetime import timedelta

import pytest
from sqlmodel import select

from heldout_server.jobs import ledger, turns, workers
from heldout_server.jobs.embedded import EmbeddedEngine, WorkerGroup
from heldout_server.jobs.workers import Presence
from heldout_server.kit.db import database_now
from heldout_server.kit.errors import ProblemError, Rejection
from heldout_server.models import (
    Competition,
    Participant,
    State,
    Step,
    Submission,
    Turn,
    Verdict,
    Worker,
)
from heldout_server.submissions import outcomes
from heldout_server.submissions.quota import check_quota, quota
from heldout_server.web.security import CheckTurns
from hops import call
from waiting import PATIENCE_SECONDS, run_until

ENDLESS = Rejection("timeout", "It ran out of time.", "Make it smaller.")


@pytest.fixture
def queue(installed, clock):
    """Queues a model for a participant of that name; returns its row id."""

    def add(name, pool="cpu"):
        with installed.database.write() as session:
            competition = session.execute(select(Competition)).scalar_one()
            query = select(Participant).where(Participant.name == name)
            person = session.execute(query).scalar_one_or_none() or Participant(
                public_id=f"p_{name}", competition_id=competition.id, name=name,
                name_key=name, token_hash=name, joined_at=clock(),
            )  # fmt: skip
            session.add(person)
            session.flush()
            number = len(session.execute(select(Submission)).scalars().all())
            submission = Submission(
                public_id=f"s_{number}", participant_id=person.id,
                competition_id=competition.id, idempotency_key=f"key{number}",
                kind="model", name="x", filename="x", size_bytes=1, sha256="0" * 64,
                created_at=clock(), queued_at=clock(),
            )  # fmt: skip
            ledger.enqueue(session, submission, step=Step.PREDICT, pool=pool)
            return submission.id

    return add


@pytest.fixture
def claim(installed):
    def claiming(slots=turns.UNLIMITED, pools=("cpu",)):
        with installed.database.write() as session:
            found = ledger.claim_next(session, pools, lease_seconds=30, max_attempts=3, slots=slots)
        return found

    return claiming


@pytest.fixture
def times_out(installed, claim, clock):
    """The next submission runs into the time limit; returns its verdict's hint."""

    def timing_out():
        found = claim()
        with installed.database.write() as session:
            outcomes.rejected(session, found, ENDLESS, now=clock())
            return session.get_one(Verdict, found.submission_id).hint

    return timing_out


class TestTheLastSlot:
    def test_is_for_somebody_else(self, queue, claim):
        first, *_ = [queue("Ada") for _ in range(3)]
        assert claim(slots=2).submission_id == first
        assert claim(slots=2) is None
        his = queue("Bob")
        assert claim(slots=2).submission_id == his

    def test_is_the_only_one_where_there_is_one(self, queue, claim):
        hers = queue("Ada")
        assert claim(slots=1).submission_id == hers

    def test_is_counted_by_pool(self, queue, claim):
        queue("Ada", pool="gpu")
        assert claim(slots=2, pools=("gpu",)) is not None
        hers = queue("Ada")
        assert claim(slots=2).submission_id == hers

    def test_stays_free_while_models_of_one_never_end(self, installed, queue):
        """A real engine with two threads, and one person who fills every place they can get."""
        begun, over = [], threading.Event()

        def handler(claim, cancelled):
            begun.append(claim.submission_id)
            over.wait(PATIENCE_SECONDS)
            return lambda session: ledger.hand_back(session, claim)

        engine = EmbeddedEngine(
            database=installed.database, handlers={Step.PREDICT: handler}, record=call,
            groups=(WorkerGroup("models", ("cpu",), 2),), lease_seconds=30, max_attempts=3,
            sweep=lambda: None, presence=Presence("test", ("cpu",), {"cpu": 2}),
        )  # fmt: skip
        hers = [queue("Ada") for _ in range(4)]
        engine.start()
        try:
            run_until(lambda: begun)
            his = queue("Bob")
            run_until(lambda: len(begun) == 2)
            assert begun == [hers[0], his]
        finally:
            over.set()
            engine.stop()


class TestSlots:
    def test_are_those_of_living_workers_that_serve_the_pool(self, installed):
        def count(*pools):
            with installed.database.write() as session:
                return workers.slots_of(session, pools, silent_seconds=60)

        with installed.database.write() as session:
            for number in (2, 3):
                slots = {"cpu": number, "gpu": number, "grade": 1}
                Presence("one", tuple(slots), slots).beat(session)
            gone = Presence("dead", ("cpu",), {"cpu": 8})
            gone.beat(session)
            silent = session.get_one(Worker, gone.id)
            silent.heartbeat_at = database_now(session) - timedelta(minutes=5)
            session.add(silent)
        assert (count("cpu"), count("cpu", "gpu"), count("grade"), count("none")) == (5, 5, 2, 0)


class TestTimeouts:
    def test_put_somebody_behind_everybody_for_a_while(
        self, installed, queue, claim, times_out, clock
    ):
        queue("Ada")
        times_out()
        queue("Bob")
        with installed.database.write() as session:
            ended = ledger.claim_next(session, ["cpu"], lease_seconds=30, max_attempts=3)
            ledger.finish(session, ended, State.SCORED, now=clock())
        # Bob was served last, so it would be Ada's turn.
        hers, his = queue("Ada"), queue("Bob")
        assert [claim().submission_id for _ in range(2)] == [his, hers]
        again, later = queue("Ada"), queue("Bob")
        with installed.database.write() as session:
            ada = session.get_one(Submission, again).participant_id
            turn = session.get_one(Turn, ada)
            turn.timed_out_at -= timedelta(seconds=turns.LATE_SECONDS + 1)
            turn.served_at = None  # never served: first among equals
            session.add(turn)
        assert [claim().submission_id for _ in range(2)] == [again, later]

    def test_count_after_the_second(self, installed, queue, times_out, clock):
        for expected in (0, 0, 1, 2):
            queue("Ada")
            times_out()
            assert self.used(installed, clock) == (expected, expected)
        clock.advance(days=1)
        assert self.used(installed, clock) == (0, 2)

    def test_use_up_a_quota(self, installed, queue, times_out, clock):
        for _ in range(3):
            queue("Ada")
            times_out()
        with installed.database.read() as session:
            competition, ada = self.of(session)
            competition.quota_per_day = 1
            with pytest.raises(ProblemError, match="All 1 of today's") as refused:
                check_quota(session, competition, ada, now=clock())
        assert "time-outs after the second" in refused.value.hint

    def test_say_what_they_cost(self, queue, times_out):
        hints = []
        for _ in range(3):
            queue("Ada")
            hints.append(times_out())
        assert all(hint.startswith("Make it smaller. ") for hint in hints)
        assert all("5 minutes your files wait behind everybody else's" in hint for hint in hints)
        assert ["It is free" in hint for hint in hints] == [True, True, False]
        assert "It counts as a submission" in hints[2]

    def used(self, installed, clock):
        with installed.database.read() as session:
            competition, ada = self.of(session)
            found = quota(session, competition, ada, now=clock())
        return found.used_today, found.used

    def of(self, session):
        ada = session.execute(select(Participant)).scalar_one()
        return session.get_one(Competition, ada.competition_id), ada.id


def test_other_rejections_stay_free(installed, queue, claim, clock):
    for _ in range(4):
        queue("Ada")
        found = claim()
        with installed.database.write() as session:
            outcomes.rejected(session, found, Rejection("crashed", "It fell.", ""), now=clock())
            assert session.get_one(Submission, found.submission_id).state == State.REJECTED
    assert TestTimeouts().used(installed, clock) == (0, 0)


def test_one_person_runs_one_check_at_a_time():
    turns = CheckTurns()
    with turns.turn("Ada"):
        with pytest.raises(ProblemError) as refused, turns.turn("Ada"):
            pass
        with turns.turn("Bob"):
            pass
    assert refused.value.code == "rate_limited"
    with turns.turn("Ada"):
        pass
