"""What attempts in vain leave behind: what counts, what runs alone, and what is remembered."""

from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from heldout_server.jobs import alerts, ledger
from heldout_server.jobs.workers import Presence
from heldout_server.kit.db import database_now
from heldout_server.models import (
    Competition,
    Participant,
    State,
    Step,
    Submission,
    Verdict,
    Worker,
)
from heldout_server.submissions.sweep import SweepRules, sweep

RULES = SweepRules()
MOST_DEATHS = ledger.DEATHS_A_TRY * RULES.max_attempts
CRASHED = {"ended": "SIGSEGV", "full": False}


@pytest.fixture
def queue(installed, clock):
    """Queues a submission of somebody new; returns its row id."""
    made = []

    def add(pool="cpu"):
        name = f"P{len(made)}"
        with installed.database.write() as session:
            competition = session.execute(select(Competition)).scalar_one()
            person = Participant(
                public_id=f"p_{name}", competition_id=competition.id, name=name,
                name_key=name, token_hash=name, joined_at=clock(),
            )  # fmt: skip
            session.add(person)
            session.flush()
            submission = Submission(
                public_id=f"a_{name}", participant_id=person.id, competition_id=competition.id,
                idempotency_key=name, kind="model", name="x", filename="x", size_bytes=1,
                sha256="0" * 64, created_at=clock(), queued_at=clock(),
            )  # fmt: skip
            ledger.enqueue(session, submission, step=Step.PREDICT, pool=pool)
            made.append(submission.id)
            return submission.id

    return add


@pytest.fixture
def worker():
    return Presence("one", ("cpu", "grade"))


@pytest.fixture
def claim(installed, worker):
    def claiming(pools=("cpu",), by=worker):
        with installed.database.write() as session:
            by.beat(session)
            return ledger.claim_next(
                session, pools, lease_seconds=30, max_attempts=3, worker_id=by.id
            )

    return claiming


@pytest.fixture
def die(installed, worker, clock):
    """The worker is killed, its silence is noticed, and it is started again."""

    def dying():
        with installed.database.write() as session:
            past = database_now(session) - timedelta(seconds=RULES.silent_seconds + 1)
            session.execute(
                update(Worker).where(col(Worker.id) == worker.id).values(heartbeat_at=past)
            )
            sweep(session, now=clock(), rules=RULES)

    return dying


@pytest.fixture
def row(installed):
    def read(submission_id):
        with installed.database.read() as session:
            return session.get_one(Submission, submission_id)

    return read


def write(installed, change, *args, **options):
    with installed.database.write() as session:
        return change(session, *args, **options)


class TestADeadWorker:
    def test_uses_up_no_attempt_of_what_ran_together(self, queue, claim, die, row):
        both = [queue(), queue()]
        assert {claim().submission_id, claim().submission_id} == set(both)
        die()
        for submission_id in both:
            found = row(submission_id)
            assert (found.state, found.attempt, found.deaths) == (State.QUEUED, 0, 0)

    def test_ends_no_file_that_it_took_along_three_times(self, queue, claim, die, row):
        innocent = queue()
        for _ in range(3):
            assert claim() is not None
            die()
        assert row(innocent).state == State.QUEUED
        assert claim().submission_id == innocent

    def test_ends_a_file_that_takes_it_along_every_time(self, installed, queue, claim, die, row):
        poison = queue()
        for _ in range(MOST_DEATHS):
            assert claim() is not None
            die()
        assert claim() is None
        assert row(poison).state == State.ERROR
        with installed.database.read() as session:
            assert f"{MOST_DEATHS} times" in session.get_one(Verdict, poison).detail

    def test_ends_a_poison_file_whatever_runs_beside_it_in_other_pools(
        self, queue, claim, die, row
    ):
        """A file that kills from the pool `grade` while models run in `cpu`, say."""
        poison = queue(pool="grade")
        for _ in range(MOST_DEATHS + 1):
            company = queue()
            assert claim(("grade",)).submission_id == poison
            assert claim() is not None
            die()
            assert row(company).deaths <= 1
        assert row(poison).state == State.ERROR

    def test_counts_on_sqlites_only_server_alike(self, installed, queue, claim, row):
        both = [queue(), queue()]
        claim()
        claim()
        assert write(installed, ledger.release_all) == 2
        assert [row(found).attempt for found in both] == [0, 0]


class TestAnInterruption:
    """The zygote died, and all runners with it."""

    def test_uses_up_no_attempt_of_what_ran_together(self, installed, queue, claim, row):
        queue(), queue()
        first, _ = claim(), claim()
        assert write(installed, ledger.interrupt, first)
        found = row(first.submission_id)
        assert (found.state, found.attempt, found.deaths) == (State.QUEUED, 0, 0)

    def test_changes_nothing_once_the_claim_is_lost(self, installed, queue, claim, row):
        queue()
        lost = claim()
        write(installed, ledger.release, lost)
        current = claim()
        assert not write(installed, ledger.interrupt, lost)
        assert row(current.submission_id).token == current.token


class TestRunningAlone:
    def test_waits_until_the_worker_has_nothing_else(self, installed, queue, claim, clock):
        suspect = queue()
        write(installed, ledger.release, claim())
        other = queue()  # of somebody whose turn is next
        held = claim()
        assert held.submission_id == other
        assert claim() is None
        write(installed, ledger.finish, held, State.SCORED, now=clock())
        assert claim().submission_id == suspect

    def test_has_nothing_beside_it(self, installed, queue, claim, clock):
        suspect = queue()
        write(installed, ledger.release, claim())
        held = claim()
        assert held.submission_id == suspect
        company = queue()
        assert claim() is None
        write(installed, ledger.finish, held, State.SCORED, now=clock())
        assert claim().submission_id == company

    def test_keeps_no_other_worker_waiting(self, installed, queue, claim):
        queue()
        write(installed, ledger.release, claim())
        assert claim() is not None
        other = queue()
        assert claim(by=Presence("two", ("cpu",))).submission_id == other

    def test_keeps_no_other_pool_waiting(self, installed, queue, claim):
        queue()
        write(installed, ledger.release, claim())
        assert claim() is not None
        graded = queue(pool="grade")
        assert claim(("grade",)).submission_id == graded


class TestEndings:
    def test_come_with_the_next_claim_on_another_machine(self, installed, queue, claim):
        queue()
        write(installed, ledger.release, claim(), ending=CRASHED)
        again = claim(by=Presence("two", ("cpu",)))
        assert list(again.endings) == [CRASHED]
        assert again.attempt == 2

    def test_add_up_and_survive_attempts_that_leave_none(self, installed, queue, claim):
        queue()
        write(installed, ledger.release, claim(), ending=CRASHED)
        write(installed, ledger.interrupt, claim())
        write(installed, ledger.hand_back, claim())
        write(installed, ledger.release, claim(), ending={"ended": "SIGTERM", "full": False})
        assert [one["ended"] for one in claim().endings] == ["SIGSEGV", "SIGTERM"]

    def test_are_forgotten_with_the_step(self, installed, queue, claim, row):
        queue()
        write(installed, ledger.release, claim(), ending=CRASHED)
        held = claim()
        write(installed, ledger.advance, held, step=Step.GRADE, pool="grade")
        found = row(held.submission_id)
        assert (found.endings, found.alone, found.attempt, found.deaths) == (None, False, 0, 0)

    def test_are_what_organizers_are_told_in_the_end(self, installed, queue, claim, clock, row):
        submission_id = queue()
        for ended in ("SIGTERM", "SIGKILL", "SIGTERM"):
            ending = {"ended": ended, "full": False}
            write(installed, ledger.release, claim(), ending=ending)
        write(installed, sweep, now=clock(), rules=RULES)
        assert row(submission_id).state == State.ERROR
        with installed.database.read() as session:
            [alert] = alerts.unresolved(session)
        assert "(SIGTERM, SIGKILL, SIGTERM)" in alert.detail
