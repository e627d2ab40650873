"""What breaks comes back: dead workers, clocks, cancellation, maintenance, missing stores."""

import errno
import threading
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from heldout_server.grading import LabelStore
from heldout_server.jobs import alerts, ledger, maintenance, workers
from heldout_server.jobs.embedded import EmbeddedEngine, WorkerGroup
from heldout_server.jobs.faults import MachineFault
from heldout_server.jobs.ledger import Claim
from heldout_server.jobs.workers import Presence
from heldout_server.kit.db import database_now
from heldout_server.models import (
    Alert,
    Competition,
    Participant,
    State,
    Step,
    Submission,
    Verdict,
    Worker,
)
from heldout_server.processes.engines import embedded_engine
from heldout_server.processes.model_scoring import make_scoring
from heldout_server.processes.sweeps import Upkeep
from heldout_server.submissions import stop_and_retry
from heldout_server.submissions.moderation import withdraw
from heldout_server.submissions.sweep import SweepRules, sweep
from hops import call
from participant import npy
from waiting import PATIENCE_SECONDS, run_until

RULES = SweepRules()


@pytest.fixture
def queue(installed, clock):
    """Queues a submission of a participant; returns its row id."""
    made = {}

    def add(name="Ada", pool="grade", content=None):
        number = len(made)
        with installed.database.write() as session:
            competition = session.execute(select(Competition)).scalar_one()
            query = select(Participant).where(Participant.name == name)
            person = session.execute(query).scalar_one_or_none()
            if person is None:
                person = Participant(
                    public_id=f"p_{name}", competition_id=competition.id, name=name,
                    name_key=name, token_hash=name, joined_at=clock(),
                )  # fmt: skip
                session.add(person)
                session.flush()
            digest = installed.blobs.put(content) if content else "0" * 64
            submission = Submission(
                public_id=f"h_{number}", participant_id=person.id, competition_id=competition.id,
                idempotency_key=f"key{number}", kind="predictions", name="x", filename="x",
                size_bytes=1, sha256=digest, created_at=clock(), queued_at=clock(),
            )  # fmt: skip
            ledger.enqueue(session, submission, step=Step.PARSE, pool=pool)
            made[number] = submission.id
            return submission.id

    return add


@pytest.fixture
def row(installed):
    """A submission's row as it is now."""

    def read(submission_id):
        with installed.database.read() as session:
            return session.get_one(Submission, submission_id)

    return read


def claim(installed, pools=("grade",), worker=None, **limits):
    with installed.database.write() as session:
        if worker is not None:
            worker.beat(session)
        return ledger.claim_next(
            session, pools, lease_seconds=30, max_attempts=3,
            worker_id=worker.id if worker else None, **limits,
        )  # fmt: skip


def swept(installed, clock, **options):
    with installed.database.write() as session:
        return sweep(session, now=clock(), rules=RULES, **options)


class TestDeadWorkers:
    def silence(self, installed, worker, seconds):
        with installed.database.write() as session:
            heard = database_now(session) - timedelta(seconds=seconds)
            session.execute(
                update(Worker).where(col(Worker.id) == worker.id).values(heartbeat_at=heard)
            )

    def test_lose_their_work_long_before_the_lease_ends(self, installed, queue, clock, row):
        submission_id, worker = queue(), Presence("gone", ("grade",))
        claim(installed, worker=worker)
        self.silence(installed, worker, RULES.silent_seconds + 1)
        assert swept(installed, clock).orphaned == 1
        assert row(submission_id).state == State.QUEUED

    def test_are_left_alone_while_they_are_heard(self, installed, queue, clock, row):
        submission_id, worker = queue(), Presence("here", ("grade",))
        claim(installed, worker=worker)
        self.silence(installed, worker, RULES.silent_seconds - 2)
        assert swept(installed, clock).orphaned == 0
        assert row(submission_id).state == State.RUNNING

    def test_are_not_dead_when_the_database_was_away(self, installed, queue, clock, row):
        submission_id, worker = queue(), Presence("waits too", ("grade",))
        claim(installed, worker=worker)
        self.silence(installed, worker, 30)
        seconds = iter(
            [100.0, 100.0, 130.0, 130.0, 132.0, 132.0, 134.0, 134.0, 136.0, 136.0, 137.0]
        )
        upkeep = Upkeep(installed, clock, monotonic=lambda: next(seconds))
        upkeep()
        upkeep()  # 30 s later: an outage
        assert row(submission_id).state == State.RUNNING
        for _ in range(3):
            upkeep()  # silent for longer than it takes to be heard again
        assert row(submission_id).state == State.QUEUED

    def test_in_the_future_are_dead_too(self, installed, queue, clock, row):
        """The database's clock was set back by an hour after the worker died."""
        submission_id, worker = queue(), Presence("future", ("grade",))
        claim(installed, worker=worker)
        self.silence(installed, worker, -3600)
        swept(installed, clock)
        assert row(submission_id).state == State.QUEUED

    def test_two_with_one_name_are_two(self, installed):
        twins = [Presence("twin", ("grade",)), Presence("twin", ("grade",))]
        with installed.database.write() as session:
            for twin in twins:
                twin.beat(session)
            twins[0].leave(session)
            seen = workers.listing(session, silent_seconds=6)
        assert [worker.id for worker in seen] == [twins[1].id]

    def test_forgotten_ones_register_again(self, installed):
        worker = Presence("long pause", ("cpu",))
        with installed.database.write() as session:
            worker.beat(session)
            worker.leave(session)
            worker.beat(session)
            assert [w.name for w in workers.listing(session, silent_seconds=6)] == ["long pause"]

    def test_the_listing_says_what_runs_where(self, installed, queue):
        queue()
        worker = Presence("busy", ("grade",))
        claim(installed, worker=worker)
        with installed.database.read() as session:
            seen = workers.listing(session, silent_seconds=6)
        assert (seen[0].runs, seen[0].alive, seen[0].pools) == (("h_0",), True, ("grade",))


class TestTimeLimit:
    def test_takes_away_what_is_renewed_for_ever(self, installed, queue, clock, row):
        submission_id = queue()
        held = claim(installed)
        with installed.database.write() as session:
            long_ago = database_now(session) - timedelta(seconds=RULES.attempt_seconds + 1)
            session.execute(update(Submission).values(claimed_at=long_ago))
            assert ledger.renew(session, held, lease_seconds=30)
        assert swept(installed, clock).expired == 1
        with installed.database.write() as session:
            assert not ledger.renew(session, held, lease_seconds=30)
        assert row(submission_id).state == State.QUEUED


class TestPoisonFiles:
    def test_end_with_a_text_for_them_and_an_alert_for_us(self, installed, queue, clock, row):
        submission_id = queue()
        for _ in range(3):
            held = claim(installed)
            with installed.database.write() as session:
                ledger.release(session, held)
        assert swept(installed, clock).failed == 1
        with installed.database.read() as session:
            verdict = session.get_one(Verdict, submission_id)
            problems = alerts.unresolved(session)
        assert "three times" in verdict.detail
        assert "isn't your fault" in verdict.detail
        assert [(a.kind, a.submission_id) for a in problems] == [
            (alerts.POISON_FILE, submission_id)
        ]
        assert row(submission_id).state == State.ERROR

    def test_can_be_run_again_which_ends_the_alert(self, installed, queue, clock, row):
        submission_id = queue()
        with installed.database.write() as session:
            stop_and_retry.cancel(session, session.get_one(Submission, submission_id), now=clock())
            alerts.raise_alert(
                session, alerts.POISON_FILE, "x", submission_id=submission_id, now=clock()
            )
        with installed.database.write() as session:
            stop_and_retry.retry(session, session.get_one(Submission, submission_id), now=clock())
            assert alerts.unresolved(session) == []
            assert session.get(Verdict, submission_id) is None
        found = row(submission_id)
        assert (found.state, found.step, found.pool, found.attempt) == (
            State.QUEUED, Step.PARSE, "grade", 0,
        )  # fmt: skip


class TestStoppingWork:
    @pytest.fixture
    def running(self, installed, queue):
        """An engine whose handler waits until it is cancelled, and what it was told."""
        started, told = threading.Event(), threading.Event()

        def handler(found, cancelled):
            started.set()
            if cancelled.wait(PATIENCE_SECONDS):
                told.set()
            raise RuntimeError("killed")

        engine = EmbeddedEngine(
            database=installed.database,
            handlers={Step.PARSE: handler},
            record=call,
            groups=(WorkerGroup("test", ("grade",), 1),),
            lease_seconds=0.9,
            max_attempts=3,
            sweep=lambda: None,
            presence=Presence("engine", ("grade",)),
        )
        engine.start()
        yield started, told
        engine.stop()

    def test_a_cancel_kills_what_runs(self, installed, queue, clock, row, running):
        started, told = running
        submission_id = queue()
        assert started.wait(PATIENCE_SECONDS)
        with installed.database.write() as session:
            stop_and_retry.cancel(session, session.get_one(Submission, submission_id), now=clock())
        assert told.wait(PATIENCE_SECONDS)
        assert row(submission_id).state == State.ERROR

    def test_a_withdrawal_kills_what_runs(self, installed, queue, clock, row, running):
        started, told = running
        submission_id = queue()
        assert started.wait(PATIENCE_SECONDS)
        with installed.database.write() as session:
            submission = session.get_one(Submission, submission_id)
            person = session.get_one(Participant, submission.participant_id)
            withdraw(session, person, submission, now=clock())
        assert told.wait(PATIENCE_SECONDS)
        found = row(submission_id)
        assert (found.state, found.moderation) == (State.REJECTED, "withdrawn")
        with installed.database.read() as session:
            assert session.get_one(Verdict, submission_id).code == "withdrawn"

    def test_our_own_stop_costs_no_attempt(self, installed, queue, row):
        started = threading.Event()

        def handler(found, cancelled):
            started.set()
            cancelled.wait(PATIENCE_SECONDS)
            raise RuntimeError("stopped")

        submission_id = queue()
        engine = EmbeddedEngine(
            database=installed.database, handlers={Step.PARSE: handler}, record=call,
            groups=(WorkerGroup("test", ("grade",), 1),), lease_seconds=30, max_attempts=3,
            sweep=lambda: None, presence=Presence("leaving", ("grade",)),
        )  # fmt: skip
        engine.start()
        assert started.wait(PATIENCE_SECONDS)
        engine.stop()
        found = row(submission_id)
        assert (found.state, found.attempt) == (State.QUEUED, 0)
        with installed.database.read() as session:
            assert workers.listing(session, silent_seconds=6) == []


class TestMaintenance:
    def test_claims_nothing_and_finishes_what_runs(self, installed, queue, clock):
        queue()
        held = claim(installed)
        queue()
        with installed.database.write() as session:
            maintenance.begin(session, reason="new GPUs")
        assert claim(installed) is None
        with installed.database.write() as session:
            assert ledger.renew(session, held, lease_seconds=30)
            assert ledger.finish(session, held, State.SCORED, now=clock())
            assert maintenance.current(session).reason == "new GPUs"
            assert maintenance.end(session, max_attempts=3)
        assert claim(installed) is not None

    def test_twice_and_ending_twice_are_harmless(self, installed):
        with installed.database.write() as session:
            maintenance.begin(session, reason="one")
            maintenance.begin(session, reason="two")
            assert maintenance.current(session).reason == "two"
            assert maintenance.end(session, max_attempts=3) is True
            assert maintenance.end(session, max_attempts=3) is False

    def test_drains_one_worker_by_name(self, installed):
        one, other = Presence("one", ("cpu",)), Presence("other", ("cpu",))
        with installed.database.write() as session:
            one.beat(session)
            other.beat(session)
            assert maintenance.drain(session, ["one"]) == 1
            one.beat(session)
            other.beat(session)
        assert (one.draining, other.draining) == (True, False)


class TestFairness:
    def test_sixty_of_one_do_not_delay_the_first_of_another(self, installed, queue, clock):
        for _ in range(60):
            queue("Ada")
        his = queue("Bob")
        finished = []
        while (held := claim(installed)) is not None:
            with installed.database.write() as session:
                ledger.finish(session, held, State.SCORED, now=clock())
            finished.append(held.submission_id)
        assert finished.index(his) < 3
        assert len(finished) == 61

    def test_nobody_runs_more_than_the_cap(self, installed, queue):
        hers = [queue("Ada") for _ in range(3)]
        assert [claim(installed, most_running=2).submission_id for _ in range(2)] == hers[:2]
        assert claim(installed, most_running=2) is None
        his = queue("Bob")
        assert claim(installed, most_running=2).submission_id == his

    def test_a_worker_takes_what_it_serves(self, installed, queue):
        on_gpu, on_cpu = queue(pool="gpu"), queue(pool="cpu")
        assert claim(installed, pools=("cpu",)).submission_id == on_cpu
        assert claim(installed, pools=("cpu",)) is None
        assert claim(installed, pools=("cpu", "gpu")).submission_id == on_gpu


class TestMachineFaults:
    """The cause goes, and the work goes on; the file keeps its attempts."""

    @pytest.fixture
    def engine(self, installed, clock):
        """The embedded engine, with a scoring machinery that runs no models."""
        engines = []

        def start(changed=installed):
            scoring = make_scoring(changed.settings, changed.folders.work, secret=None)
            engine = embedded_engine(changed, scoring, clock)
            engines.append((engine, scoring))
            engine.start()

        yield start
        for engine, scoring in engines:
            engine.stop()
            scoring.stop()

    def problems(self, installed):
        with installed.database.read() as session:
            return [alert.detail for alert in alerts.unresolved(session)]

    def test_a_missing_label_store_makes_work_wait(
        self, installed, queue, row, engine, tmp_path, labels, monkeypatch
    ):
        monkeypatch.setattr("heldout_server.jobs.embedded.PAUSE_SECONDS", 0.1)
        home = installed.labels.root
        gone = tmp_path / "unplugged"
        changed = type(installed)(**{**vars(installed), "labels": LabelStore(gone)})
        submission_id = queue(content=npy(labels))
        engine(changed)
        run_until(lambda: any("label store" in text for text in self.problems(installed)))
        found = row(submission_id)
        assert found.state in {State.QUEUED, State.RUNNING}
        assert found.attempt <= 1
        gone.symlink_to(home)
        run_until(lambda: row(submission_id).state == State.SCORED)
        run_until(lambda: self.problems(installed) == [])

    def test_a_missing_file_is_an_error_that_a_restored_file_heals(
        self, installed, queue, clock, row, engine, labels
    ):
        content = npy(labels)
        submission_id = queue(content=content)
        path = installed.blobs.path(row(submission_id).sha256)
        path.unlink()
        engine()
        run_until(lambda: row(submission_id).state == State.ERROR)
        assert len(self.problems(installed)) == 1
        installed.blobs.put(content)
        with installed.database.write() as session:
            stop_and_retry.retry(session, session.get_one(Submission, submission_id), now=clock())
        run_until(lambda: row(submission_id).state == State.SCORED)
        assert self.problems(installed) == []

    def test_a_full_disk_makes_work_wait(self, installed, queue, row, monkeypatch):
        monkeypatch.setattr("heldout_server.jobs.embedded.PAUSE_SECONDS", 0.05)
        full, done = threading.Event(), threading.Event()
        full.set()

        def handler(found, cancelled):
            if full.is_set():
                raise MachineFault("files can't be written: No space left on device")
            return lambda session: done.set()

        submission_id = queue()
        engine = EmbeddedEngine(
            database=installed.database, handlers={Step.PARSE: handler}, record=call,
            groups=(WorkerGroup("test", ("grade",), 1),), lease_seconds=30, max_attempts=3,
            sweep=lambda: None,
        )  # fmt: skip
        engine.start()
        try:
            run_until(lambda: "No space left" in str(self.problems(installed)))
            assert row(submission_id).attempt <= 1
            full.clear()
            assert done.wait(PATIENCE_SECONDS)
            run_until(lambda: self.problems(installed) == [])
        finally:
            engine.stop()
        with installed.database.read() as session:
            assert len(session.execute(select(Alert)).scalars().all()) == 1

    @pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS])
    def test_the_operating_systems_refusals_are_the_machines_fault(self, number):
        from heldout_server.processes.model_scoring import Hop

        def handler(found, cancelled):
            raise OSError(number, "no")

        with pytest.raises(MachineFault):
            Hop(handler)(Claim(1, "mine", Step.PARSE, 1), threading.Event())

    def test_other_failures_are_not(self):
        from heldout_server.processes.model_scoring import Hop

        def handler(found, cancelled):
            raise OSError(errno.ENOENT, "no")

        with pytest.raises(FileNotFoundError):
            Hop(handler)(Claim(1, "mine", Step.PARSE, 1), threading.Event())
