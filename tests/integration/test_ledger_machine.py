"""The ledger under any order of events: at most one score each, and nothing stuck."""

from datetime import timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete, func, text, update
from sqlmodel import col, select

from heldout_server.jobs import ledger, maintenance, turns
from heldout_server.jobs.workers import Presence
from heldout_server.kit.db import database_now
from heldout_server.models import (
    FINAL_STATES,
    Alert,
    Competition,
    Event,
    Maintenance,
    Participant,
    Score,
    State,
    Step,
    Submission,
    Verdict,
    Worker,
)
from heldout_server.submissions import stop_and_retry
from heldout_server.submissions.sweep import SweepRules, sweep

RULES = SweepRules()
MOST_DEATHS = ledger.DEATHS_A_TRY * RULES.max_attempts
ENDING = {"ended": "SIGTERM", "full": False}
HOUR = timedelta(hours=1)
people = st.integers(0, 2)


class LedgerMachine(RuleBasedStateMachine):
    """Workers, participants, organizers and clocks, all of them at random."""

    claims = Bundle("claims")
    installed = None
    clock = None

    @initialize()
    def empty(self):
        self.holder = {}
        with self.write() as session:
            for table in (Alert, Event, Score, Verdict, Submission, Maintenance, Worker):
                session.execute(delete(table))
            competition = session.execute(select(Competition)).scalar_one()
            self.people = [_participant(session, competition, n, self.clock()) for n in range(3)]
            self.competition_id = competition.id
        self.workers = [Presence(f"w{number}", ("grade",)) for number in range(2)]
        self.number = 0
        for person in (0, 0, 1, 2):
            self.submit(person=person)

    def write(self):
        return self.installed.database.write()

    @rule(person=people)
    def submit(self, person):
        self.number += 1
        with self.write() as session:
            submission = Submission(
                public_id=f"m_{self.number}", participant_id=self.people[person],
                competition_id=self.competition_id, idempotency_key=f"key{self.number}",
                kind="predictions", name="x", filename="x", size_bytes=1, sha256="0" * 64,
                created_at=self.clock(), queued_at=self.clock(),
            )  # fmt: skip
            ledger.enqueue(session, submission, step=Step.PARSE, pool="grade")

    @rule(target=claims, worker=st.integers(0, 1), cap=st.sampled_from([1, 2, turns.UNLIMITED]))
    def claim(self, worker, cap):
        presence = self.workers[worker]
        with self.write() as session:
            presence.beat(session)
            found = ledger.claim_next(
                session, ("grade",), lease_seconds=30, max_attempts=RULES.max_attempts,
                most_running=cap, worker_id=presence.id,
            )  # fmt: skip
        if found is None:
            return multiple()
        assert found.submission_id not in self.holder, "one submission was given to two workers"
        self.check_company(found.submission_id, presence)
        self.holder[found.submission_id] = found.token
        return found

    @rule(claim=claims)
    def renew(self, claim):
        with self.write() as session:
            assert ledger.renew(session, claim, lease_seconds=30) == self.holds(claim)

    @rule(claim=consumes(claims), state=st.sampled_from([State.SCORED, State.REJECTED]))
    def finish(self, claim, state):
        with self.write() as session:
            done = ledger.finish(session, claim, state, now=self.clock())
            if done and state == State.SCORED:
                session.add(_score(claim.submission_id))
        assert done == self.holds(claim), "a lost claim wrote, or a held one could not"
        self.forget(claim)

    @rule(claim=claims)
    def advance(self, claim):
        with self.write() as session:
            moved = ledger.advance(session, claim, step=Step.GRADE, pool="grade")
        assert moved == self.holds(claim)
        self.forget(claim)

    @rule(claim=claims, blameless=st.booleans())
    def fail(self, claim, blameless):
        give_back = ledger.hand_back if blameless else partial(ledger.release, ending=ENDING)
        with self.write() as session:
            assert give_back(session, claim) == self.holds(claim)
        self.forget(claim)

    @rule(claim=claims)
    def interrupt(self, claim):
        """What the work hung on died, and the worker lives."""
        before = self.row(claim.submission_id)
        with self.write() as session:
            assert ledger.interrupt(session, claim) == self.holds(claim)
        if self.holds(claim):
            self.check_death(before, self.company(before))
        self.forget(claim)

    @rule(hours=st.sampled_from([-1, 1]))
    def jump(self, hours):
        """The database's clock jumps: every lease is an hour off, one way or the other."""
        moved = text("update submission set lease_until = :until where state = 'running'")
        with self.write() as session:
            until = database_now(session) + hours * HOUR
            session.execute(moved.bindparams(_utc("until", until)))
        self.sweep()
        assert self.holder == {}

    @rule(worker=st.integers(0, 1))
    def die(self, worker):
        """A worker is killed; its silence is noticed."""
        dead = self.workers[worker]
        with self.write() as session:
            past = database_now(session) - timedelta(seconds=RULES.silent_seconds + 1)
            session.execute(
                update(Worker).where(col(Worker.id) == dead.id).values(heartbeat_at=past)
            )
            mine = (Submission.worker_id == dead.id, Submission.state == State.RUNNING)
            held = list(session.execute(select(Submission).where(*mine)).scalars())
        self.sweep()
        for before in held:
            assert before.id not in self.holder
            self.check_death(before, len(held) - 1)

    @rule()
    def sweep(self):
        with self.write() as session:
            sweep(session, now=self.clock(), rules=RULES)
            running = select(Submission.id).where(Submission.state == State.RUNNING)
            still = set(session.execute(running).scalars())
        self.holder = {found: token for found, token in self.holder.items() if found in still}

    @rule(data=st.data(), action=st.sampled_from(["cancel", "withdraw", "retry"]))
    def control(self, data, action):
        with self.write() as session:
            rows = list(session.execute(select(Submission).order_by(Submission.id)).scalars())
            if not rows:
                return
            chosen = data.draw(st.sampled_from(rows), label="submission")
            open_before = chosen.state not in FINAL_STATES
            if action == "withdraw":
                assert (
                    stop_and_retry.stop_withdrawn(session, chosen, now=self.clock()) == open_before
                )
            elif action == "cancel" and open_before:
                stop_and_retry.cancel(session, chosen, now=self.clock())
            elif action == "retry" and chosen.state == State.ERROR:
                stop_and_retry.retry(session, chosen, now=self.clock())
            if chosen.state != State.RUNNING:
                self.holder.pop(chosen.id, None)

    @rule(on=st.sampled_from([False, False, False, True]))
    def maintenance(self, on):
        with self.write() as session:
            if on:
                maintenance.begin(session, reason="cleaning")
            else:
                maintenance.end(session, max_attempts=RULES.max_attempts)

    @invariant()
    def the_rows_say_who_holds_what(self):
        if not hasattr(self, "holder"):
            return
        with self.installed.database.read() as session:
            rows = session.execute(select(Submission)).scalars().all()
            scores = dict(
                session.execute(
                    select(Score.submission_id, func.count()).group_by(Score.submission_id)
                ).all()
            )
        assert {row.id: row.token for row in rows if row.state == State.RUNNING} == self.holder
        for row in rows:
            assert (row.state == State.SCORED) == (scores.get(row.id, 0) == 1)
            assert (row.token is None) == (row.lease_until is None) == (row.state != State.RUNNING)
            assert 0 <= row.attempt <= RULES.max_attempts
            assert row.deaths <= MOST_DEATHS
            assert len(row.endings or ()) <= row.attempt
            assert (row.finished_at is not None) == (row.state in FINAL_STATES)

    def teardown(self):
        """Whatever happened: once workers work, everything ends."""
        if not hasattr(self, "holder"):
            return
        self.maintenance(on=False)
        self.jump(hours=-1)
        for _ in range(2 * self.number + 1):
            with self.write() as session:
                found = ledger.claim_next(
                    session, ("grade",), lease_seconds=30, max_attempts=RULES.max_attempts
                )
                if found is None:
                    break
                ledger.finish(session, found, State.REJECTED, now=self.clock())
        self.sweep()
        with self.installed.database.read() as session:
            states = set(session.execute(select(Submission.state)).scalars())
        assert states <= FINAL_STATES, f"stuck: {states}"

    def check_company(self, submission_id, presence):
        """What is to run alone on a worker has nothing beside it."""
        with self.installed.database.read() as session:
            mine = (Submission.worker_id == presence.id, Submission.state == State.RUNNING)
            beside = list(session.execute(select(Submission).where(*mine)).scalars())
        assert submission_id in [row.id for row in beside]
        assert len(beside) == 1 or not any(row.alone for row in beside)

    def check_death(self, before, company):
        """A death uses up no attempt; it counts against what was alone, or meant to be."""
        after = self.row(before.id)
        counted = 1 if before.alone or not company else 0
        assert after.attempt == before.attempt - 1
        assert after.deaths == before.deaths + counted
        assert after.alone

    def company(self, row):
        with self.installed.database.read() as session:
            mine = (Submission.worker_id == row.worker_id, Submission.state == State.RUNNING)
            return len(session.execute(select(Submission.id).where(*mine)).all())

    def row(self, submission_id):
        with self.installed.database.read() as session:
            return session.get_one(Submission, submission_id)

    def holds(self, claim):
        return self.holder.get(claim.submission_id) == claim.token

    def forget(self, claim):
        if self.holds(claim):
            del self.holder[claim.submission_id]


def _participant(session, competition, number, now):
    name = f"machine{number}"
    query = select(Participant).where(Participant.name == name)
    found = session.execute(query).scalar_one_or_none()
    if found is None:
        found = Participant(
            public_id=f"p_{name}", competition_id=competition.id, name=name, name_key=name,
            token_hash=name, joined_at=now,
        )  # fmt: skip
        session.add(found)
        session.flush()
    return found.id


def _score(submission_id):
    return Score(
        submission_id=submission_id,
        split="public",
        score=0.5,
        examples=1,
        error_count=0,
        metrics={},
    )


def _utc(name, value):
    from sqlalchemy import bindparam

    from heldout_server.kit.db import UtcDateTime

    return bindparam(name, value, type_=UtcDateTime())


@pytest.mark.usefixtures("installed")
def test_any_order_of_events_gives_at_most_one_score_and_nothing_stuck(installed, clock):
    machine = type(
        "Machine", (LedgerMachine,), {"installed": installed, "clock": staticmethod(clock)}
    )
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25, stateful_step_count=40, deadline=None, database=None,
            derandomize=True, phases=(Phase.generate,), suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
