"""Tickets on PostgreSQL: in the same transaction, and made up for when lost or too many."""

import os

import pytest
from sqlalchemy import text

from heldout_server.acts.commit_listener import conninfo
from heldout_server.jobs import ledger, maintenance, tickets
from heldout_server.jobs.distributed import DistributedEngine
from heldout_server.jobs.embedded import EmbeddedEngine, WorkerGroup
from heldout_server.jobs.workers import Presence
from heldout_server.models import Competition, State, Step, Submission
from heldout_server.processes.engines import sweeping_engine
from heldout_server.processes.worker import make_worker
from heldout_server.submissions.sweep import SweepRules, sweep
from hops import call
from waiting import run_until

on_postgresql = pytest.mark.parametrize("database", ["postgresql"], indirect=True)
TODO = text("select queue_name, count(*) from procrastinate_jobs where status = 'todo' group by 1")


@pytest.fixture
def postgres(installed):
    """The installation; on PostgreSQL, since tickets are there only."""
    assert not installed.database.is_sqlite
    return installed


def issued(installed):
    with installed.database.read() as session:
        return dict(session.execute(TODO).all())


def queue(installed, clock, number, *, pool="grade"):
    with installed.database.write() as session:
        competition = session.execute(text("select id from competition")).scalar_one()
        person = session.execute(
            text(
                "insert into participant(public_id, competition_id, name, name_key, token_hash, "
                "joined_at) values (:n, :c, :n, :n, :n, now()) returning id"
            ),
            {"n": f"T{number}", "c": competition},
        ).scalar_one()
        submission = Submission(
            public_id=f"t_{number}", participant_id=person, competition_id=competition,
            idempotency_key=f"key{number}", kind="predictions", name="x", filename="x",
            size_bytes=1, sha256="0" * 64, created_at=clock(), queued_at=clock(),
        )  # fmt: skip
        ledger.enqueue(session, submission, step=Step.PARSE, pool=pool)
        return submission.id


@on_postgresql
class TestIssuing:
    def test_is_part_of_the_transaction(self, postgres, clock):
        def fail():
            with postgres.database.write() as session:
                tickets.issue(session, "cpu")
                raise RuntimeError("no")

        with pytest.raises(RuntimeError):
            fail()
        assert issued(postgres) == {}
        queue(postgres, clock, 1)
        assert issued(postgres) == {"grade": 1}

    def test_comes_with_whatever_goes_back_to_the_queue(self, postgres, clock):
        queue(postgres, clock, 1)
        queue(postgres, clock, 2)
        claims = []
        with postgres.database.write() as session:
            for _ in range(2):
                limits = {"lease_seconds": 30, "max_attempts": 3, "worker_id": "w"}
                claims.append(ledger.claim_next(session, ["grade"], **limits))
            session.execute(text("delete from procrastinate_jobs"))
        with postgres.database.write() as session:
            assert ledger.interrupt(session, claims[0])
        assert issued(postgres) == {"grade": 1}
        with postgres.database.write() as session:
            assert ledger.release_of(session, ["w"]) == 1
        assert issued(postgres) == {"grade": 2}

    def test_goes_to_the_competitions_pool(self, postgres, clock):
        from heldout_server.submissions.receive_file import first_step

        with postgres.database.write() as session:
            competition = session.execute(text("select id from competition")).scalar_one()
            found = session.get_one(Competition, competition)
            found.pool = "gpu"
            assert first_step("model", found) == (Step.PREDICT, "gpu")
            assert first_step("predictions", found) == (Step.PARSE, "grade")


@on_postgresql
class TestReconciling:
    def reconcile(self, installed, clock):
        with installed.database.write() as session:
            return sweep(session, now=clock(), rules=SweepRules()).tickets

    def test_makes_up_for_lost_tickets(self, postgres, clock):
        queue(postgres, clock, 1)
        queue(postgres, clock, 2, pool="cpu")
        with postgres.database.write() as session:
            session.execute(text("delete from procrastinate_jobs"))
        assert self.reconcile(postgres, clock) == 2
        assert issued(postgres) == {"grade": 1, "cpu": 1}
        assert self.reconcile(postgres, clock) == 0

    def test_drops_what_is_too_many(self, postgres, clock):
        queue(postgres, clock, 1)
        with postgres.database.write() as session:
            tickets.issue(session, "grade", 5)
            tickets.issue(session, "gpu", 2)
        self.reconcile(postgres, clock)
        assert issued(postgres) == {"grade": 1}

    def test_drops_the_tickets_of_dead_workers(self, postgres, clock):
        with postgres.database.write() as session:
            tickets.issue(session, "grade")
            session.execute(text("update procrastinate_jobs set status = 'doing'"))
        self.reconcile(postgres, clock)
        with postgres.database.read() as session:
            assert session.execute(text("select count(*) from procrastinate_jobs")).scalar() == 0

    def test_issues_none_in_maintenance_and_all_afterwards(self, postgres, clock):
        queue(postgres, clock, 1)
        with postgres.database.write() as session:
            maintenance.begin(session)
        self.reconcile(postgres, clock)
        assert issued(postgres) == {}
        with postgres.database.write() as session:
            maintenance.end(session, max_attempts=3)
        assert issued(postgres) == {"grade": 1}

    def test_is_for_web_and_reconcile_while_workers_sweep_their_own_files(self, postgres, clock):
        found = queue(postgres, clock, 1)
        with postgres.database.write() as session:
            assert ledger.claim_next(session, ["grade"], lease_seconds=-1, max_attempts=3)
        half = postgres.blobs.incoming / "half"
        half.write_bytes(b"x")
        os.utime(half, (0, 0))
        worker = make_worker(postgres, pools=("grade",), name="test")
        worker.engine.ledger_engine.sweep()
        assert (_state(postgres, found), half.exists()) == (State.RUNNING, False)
        sweeping_engine(postgres, clock).sweep()
        assert _state(postgres, found) == State.QUEUED

    def test_two_sweeps_at_once_leave_it_to_the_first(self, postgres, clock):
        queue(postgres, clock, 1)
        with postgres.database.write() as session:
            session.execute(text("delete from procrastinate_jobs"))
        with postgres.database.write() as first:
            assert sweep(first, now=clock(), rules=SweepRules()).tickets == 1
            assert self.reconcile(postgres, clock) == 0


@on_postgresql
class TestDistributedEngine:
    @pytest.fixture
    def serve(self, postgres, clock):
        """Starts a worker that scores whatever it is given; returns what it did."""
        engines = []

        def start(name="worker"):
            done = []

            def handler(found, cancelled):
                done.append(found.submission_id)
                return lambda session: ledger.finish(session, found, State.SCORED, now=clock())

            inner = EmbeddedEngine(
                database=postgres.database, handlers={Step.PARSE: handler}, record=call, groups=(),
                lease_seconds=30, max_attempts=3, sweep=lambda: None,
                presence=Presence(name, ("grade",)),
            )  # fmt: skip
            engine = DistributedEngine(
                inner, (WorkerGroup("grading", ("grade",), 1),), conninfo(postgres.database)
            )
            engines.append(engine)
            engine.start()
            return done, engine

        yield start
        for engine in engines:
            engine.stop()

    def test_works_on_a_ticket_at_once(self, postgres, clock, serve):
        serve()
        submission_id = queue(postgres, clock, 1)
        run_until(lambda: _state(postgres, submission_id) == State.SCORED)

    def test_duplicate_tickets_and_tickets_for_finished_work_do_nothing(
        self, postgres, clock, serve
    ):
        submission_id = queue(postgres, clock, 1)
        with postgres.database.write() as session:
            tickets.issue(session, "grade", 5)
        done, _ = serve()
        run_until(lambda: issued(postgres) == {})
        run_until(lambda: _state(postgres, submission_id) == State.SCORED)
        assert done == [submission_id]

    def test_two_workers_with_one_name_share_the_work(self, postgres, clock, serve):
        done, _ = serve("twin")
        more, _ = serve("twin")
        found = [queue(postgres, clock, number) for number in range(6)]
        run_until(lambda: len(done) + len(more) == 6)
        assert sorted(done + more) == sorted(found)

    def test_a_drained_worker_claims_nothing_until_it_may(self, postgres, clock, serve):
        done, engine = serve("drained")
        first = queue(postgres, clock, 1)
        # It follows tickets now: nobody is there before that, either.
        run_until(lambda: _state(postgres, first) == State.SCORED)
        with postgres.database.write() as session:
            maintenance.drain(session, ["drained"])
        run_until(lambda: engine.ledger_engine.draining)
        run_until(lambda: _listeners(postgres) == 0)  # until then it spends tickets on nothing
        submission_id = queue(postgres, clock, 2)
        assert not engine.ledger_engine.serve_next(["grade"])
        assert (issued(postgres), done) == ({"grade": 1}, [first])
        with postgres.database.write() as session:
            maintenance.drain(session, ["drained"], draining=False)
        run_until(lambda: _state(postgres, submission_id) == State.SCORED)

    def test_cut_connections_are_made_again(self, postgres, clock, serve):
        serve()
        run_until(lambda: _listeners(postgres) == 1)
        with postgres.database.engine.connect() as connection:
            connection.execute(
                text(
                    "select pg_terminate_backend(pid) from pg_stat_activity where "
                    "datname = current_database() and pid <> pg_backend_pid()"
                )
            )
        submission_id = queue(postgres, clock, 1)
        run_until(lambda: _state(postgres, submission_id) == State.SCORED)


def _state(installed, submission_id):
    with installed.database.read() as session:
        return session.get_one(Submission, submission_id).state


def _listeners(installed):
    with installed.database.read() as session:
        return session.execute(text("select count(*) from procrastinate_workers")).scalar()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
class TestSqlite:
    def test_needs_no_tickets(self, installed):
        with installed.database.write() as session:
            tickets.issue(session, "grade", 3)
            assert tickets.reconcile(session, max_attempts=3, claiming=True) == 0
