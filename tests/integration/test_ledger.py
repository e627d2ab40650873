"""The ledger on both databases: fair claims, fencing, leases, giving up."""

import threading
from datetime import timedelta

import pytest
from sqlmodel import select

from heldout_server.jobs import ledger, turns
from heldout_server.jobs.embedded import EmbeddedEngine, WorkerGroup
from heldout_server.kit.db import database_now
from heldout_server.models import (
    Competition,
    Event,
    Participant,
    State,
    Step,
    Submission,
    Verdict,
)
from heldout_server.submissions.sweep import SweepRules, sweep
from hops import call
from waiting import PATIENCE_SECONDS, run_until

LEASE = 30.0


@pytest.fixture
def queue(installed, clock):
    """Queues a submission for a participant of that name; returns its row id."""

    def add(name: str) -> int:
        with installed.database.write() as session:
            competition = session.execute(select(Competition)).scalar_one()
            query = select(Participant).where(Participant.name == name)
            participant = session.execute(query).scalar_one_or_none()
            if participant is None:
                participant = Participant(
                    public_id=f"p_{name}", competition_id=competition.id, name=name,
                    name_key=name, token_hash=name, joined_at=clock(),
                )  # fmt: skip
                session.add(participant)
                session.flush()
            number = len(session.execute(select(Submission)).scalars().all())
            submission = Submission(
                public_id=f"s_{number}", participant_id=participant.id,
                competition_id=competition.id, idempotency_key=f"key{number}",
                kind="predictions", name="x", filename="x", size_bytes=1, sha256="0" * 64,
                created_at=clock(), queued_at=clock(),
            )  # fmt: skip
            ledger.enqueue(session, submission, step=Step.PARSE, pool="grade")
            return submission.id

    return add


def claim(installed, pools=("grade",), lease_seconds=LEASE):
    with installed.database.write() as session:
        return ledger.claim_next(session, pools, lease_seconds=lease_seconds, max_attempts=3)


def state_of(installed, submission_id):
    with installed.database.read() as session:
        return session.get_one(Submission, submission_id)


class TestClaim:
    def test_takes_turns_between_participants(self, installed, queue):
        hers = [queue("Ada") for _ in range(3)]
        his = queue("Bob")
        order = [claim(installed).submission_id for _ in range(4)]
        assert order[:2] == [hers[0], his]
        assert order[2:] == hers[1:]

    def test_counts_what_already_runs(self, installed, queue):
        first = queue("Ada")
        assert claim(installed).submission_id == first
        queue("Ada")
        his = queue("Bob")
        assert claim(installed).submission_id == his

    def test_finds_nothing_in_other_pools(self, installed, queue):
        queue("Ada")
        assert claim(installed, pools=("cpu",)) is None

    def test_never_gives_one_submission_twice(self, installed, queue):
        for number in range(8):
            queue(f"P{number}")
        claimed = []

        def work():
            while (found := claim(installed)) is not None:
                claimed.append(found.submission_id)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(claimed) == len(set(claimed)) == 8


class TestLookingFirst:
    def test_sees_what_may_be_claimed(self, installed, queue):
        def is_waiting(*pools):
            with installed.database.read() as session:
                return ledger.is_waiting(session, pools)

        assert not is_waiting("grade", "cpu")
        queue("Ada")
        assert is_waiting("cpu", "grade")
        assert not is_waiting("cpu")
        claim(installed)
        assert not is_waiting("grade")

    def test_holds_nobody_up(self, installed, queue, clock):
        """Whoever has nothing to do looks while somebody writes, and is answered at once."""
        engine = EmbeddedEngine(
            installed.database, handlers={}, record=lambda *_: None, groups=(),
            lease_seconds=LEASE, max_attempts=3, sweep=lambda: None,
        )  # fmt: skip
        with installed.database.write() as session:
            session.get_one(Competition, 1)
            looking = threading.Thread(target=engine.serve_next, args=(["grade"],), daemon=True)
            looking.start()
            looking.join(PATIENCE_SECONDS / 3)
            assert not looking.is_alive()


class TestFencing:
    def test_a_lost_claim_changes_nothing(self, installed, queue, clock):
        queue("Ada")
        lost = claim(installed, lease_seconds=-1)
        with installed.database.write() as session:
            assert ledger.release_expired(session, lease_seconds=LEASE, attempt_seconds=60) == 1
        second = claim(installed)
        with installed.database.write() as session:
            assert ledger.finish(session, lost, State.SCORED, now=clock()) is False
            assert ledger.renew(session, lost, lease_seconds=LEASE) is False
            assert ledger.release(session, lost) is False
            assert ledger.finish(session, second, State.SCORED, now=clock()) is True

    def test_a_result_is_written_once(self, installed, queue, clock):
        queue("Ada")
        found = claim(installed)
        with installed.database.write() as session:
            assert ledger.finish(session, found, State.SCORED, now=clock()) is True
            assert ledger.finish(session, found, State.REJECTED, now=clock()) is False

    def test_leases_are_by_the_databases_clock(self, installed, queue):
        submission_id = queue("Ada")
        claim(installed)
        with installed.database.read() as session:
            left = session.get_one(Submission, submission_id).lease_until - database_now(session)
        assert timedelta(seconds=LEASE - 5) < left <= timedelta(seconds=LEASE)


class TestALoadedRow:
    """Statements are made once and say their figures beside: what is loaded must change as well."""

    def test_is_changed_with_the_database(self, installed, queue, clock):
        found = queue("Ada")
        with installed.database.write() as session:
            row = session.get_one(Submission, found)
            mine = ledger.claim_next(session, ["grade"], lease_seconds=LEASE, max_attempts=3)
            assert (row.state, row.attempt, row.token) == (State.RUNNING, 1, mine.token)
            assert ledger.finish(session, mine, State.SCORED, now=clock(), sha256="1" * 64)
            assert (row.state, row.token, row.sha256) == (State.SCORED, None, "1" * 64)
            assert row.finished_at == clock()

    def test_is_left_alone_by_whoever_has_lost_it(self, installed, queue, clock):
        found = queue("Ada")
        lost = claim(installed)
        with installed.database.write() as session:
            ledger.release_all(session)
        with installed.database.write() as session:
            row = session.get_one(Submission, found)
            assert not ledger.finish(session, lost, State.SCORED, now=clock())
            assert (row.state, row.finished_at) == (State.QUEUED, None)


class TestSweep:
    def test_gives_up_after_three_attempts_with_a_text(self, installed, queue, clock):
        submission_id = queue("Ada")
        for _ in range(3):
            held = claim(installed)
            with installed.database.write() as session:
                ledger.release(session, held)
                sweep(session, now=clock(), rules=SweepRules())
        assert claim(installed) is None
        assert state_of(installed, submission_id).state == State.ERROR
        with installed.database.read() as session:
            assert session.get_one(Verdict, submission_id).code == "error"
            kinds = [event.kind for event in session.execute(select(Event)).scalars()]
        assert kinds == ["submission.error"]

    def test_leaves_live_claims_alone(self, installed, queue, clock):
        submission_id = queue("Ada")
        claim(installed)
        with installed.database.write() as session:
            sweep(session, now=clock(), rules=SweepRules())
        assert state_of(installed, submission_id).state == State.RUNNING


class TestPosition:
    def test_is_the_place_in_the_fair_order(self, installed, queue):
        for _ in range(3):
            queue("Ada")
        his = queue("Bob")
        with installed.database.read() as session:
            assert turns.position(session, session.get_one(Submission, his)) == 2


class TestEmbeddedEngine:
    @pytest.fixture
    def run(self, installed, clock):
        engines = []

        def start(handler):
            engine = EmbeddedEngine(
                database=installed.database,
                handlers={Step.PARSE: handler},
                record=call,
                groups=(WorkerGroup("test", ("grade",), 1),),
                lease_seconds=LEASE,
                max_attempts=3,
                sweep=lambda: None,
                alone=True,
            )
            engines.append(engine)
            engine.start()
            return engine

        yield start
        for engine in engines:
            engine.stop()

    def test_runs_what_is_queued(self, installed, queue, clock, run):
        done = threading.Event()

        def handler(found, cancelled):
            def record(session):
                ledger.finish(session, found, State.SCORED, now=clock())
                done.set()

            return record

        run(handler)
        submission_id = queue("Ada")
        assert done.wait(PATIENCE_SECONDS)
        run_until(lambda: state_of(installed, submission_id).state == State.SCORED)

    def test_tries_our_failures_again_but_not_forever(self, installed, queue, run):
        attempts = []

        def handler(found, cancelled):
            attempts.append(found.attempt)
            raise RuntimeError("our fault")

        submission_id = queue("Ada")
        run(handler)
        run_until(lambda: len(attempts) == 3)
        assert attempts == [1, 2, 3]
        run_until(lambda: state_of(installed, submission_id).state == State.QUEUED)

    def test_takes_back_what_a_killed_server_held(self, installed, queue, clock, run):
        submission_id = queue("Ada")
        claim(installed)

        def handler(found, cancelled):
            return lambda session: ledger.finish(session, found, State.SCORED, now=clock())

        run(handler)
        run_until(lambda: state_of(installed, submission_id).state == State.SCORED)

    def test_a_lost_claim_tells_the_handler(self, installed, queue, run):
        told, started = threading.Event(), threading.Event()

        def handler(found, cancelled):
            started.set()
            if cancelled.wait(PATIENCE_SECONDS):
                told.set()
            return lambda session: None

        engine = run(handler)
        queue("Ada")
        assert started.wait(PATIENCE_SECONDS)
        with installed.database.write() as session:
            ledger.release_all(session)
        engine._pulse()
        assert told.wait(PATIENCE_SECONDS)
