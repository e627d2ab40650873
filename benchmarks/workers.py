"""Twenty workers of one queue on PostgreSQL: latency, load of the database, recovery.

    python benchmarks/workers.py [--workers 20] [--seconds 10] [--kills 5] [--json]

Real worker engines, each in a process of its own, and one process that heals (`reconcile`). The
hop is a stand-in that sleeps for a few milliseconds, so that the figures are the queue's and no
model's: rows are queued as `receive_file` queues them, and finished without labels.

- **idle**: what the database does for workers that have nothing to do
- **one by one**: nearly everybody sleeps; seconds until one is woken, has claimed, and is done
- **at once**: everybody is busy; what a hop costs
- **killed**: SIGKILL in the middle of a hop; seconds until somebody else has the work

The floor is the simplest queue there can be on the same database: one LISTEN, one row, one commit.
Statements are counted where the extension `pg_stat_statements` is there (0 where it isn't), and the
backends' processor time where they run on this machine.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlmodel import Session
from support.cluster import drop_database, make_database, wait_until
from support.postgres_load import COUNTED, Load, floor, one

from heldout_server.acts.commit_listener import CommitListener
from heldout_server.jobs import ledger
from heldout_server.jobs.ledger import Claim
from heldout_server.kit import logs
from heldout_server.kit.settings import Settings
from heldout_server.models import Competition, Participant, State, Step, Submission
from heldout_server.processes.engines import sweeping_engine, ticket_engine
from heldout_server.processes.installation import (
    Installation,
    ensure_competition,
    open_installation,
    utc_now,
)
from heldout_server.processes.model_scoring import make_scoring

HOP_SECONDS = 0.005
POOL = "grade"
PARTICIPANTS = 40
PAUSE_SECONDS = 0.2
AT_ONCE = 400
# A step that the first who takes it never ends.
ENDLESS = Step.GRADE
CONNECTIONS = """
select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
"""
REGISTERED = """
select least((select count(*) from worker), (select count(*) from procrastinate_workers))
"""
TICKETS = "select count(*) from procrastinate_jobs"
Said = tuple[str, int, int, float]
"""What (claimed, done), which submission, in which process, when."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=10, help="of each phase")
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="on one line")
    given = parser.parse_args()
    url = make_database()
    try:
        with tempfile.TemporaryDirectory() as folder:
            figures = measure(Path(folder), url, given)
    finally:
        drop_database(url)
    print(json.dumps(figures, indent=None if given.json else 2), flush=True)
    return 1 if figures["not_done"] or figures["done_twice"] else 0


def measure(folder: Path, url: str, given: argparse.Namespace) -> dict[str, Any]:
    """Every phase with the same workers; the figures."""
    settings = Settings(
        data=folder, model_workers=0, download=False,
        database_url=url.replace("postgresql://", "postgresql+psycopg://"),
    )  # fmt: skip
    installed = open_installation(settings)
    ensure_competition(installed, now=utc_now())
    people = _participants(installed)
    installed.database.engine.dispose()  # workers are forked: none may inherit a connection
    lowest = floor(url)
    crew = Crew(settings, given.workers)
    try:
        crew.start(url)
        desk = Desk(installed, people, crew, url)
        figures = {
            "workers": given.workers,
            "hop_ms": 1000 * HOP_SECONDS,
            "connections_a_worker": round(one(url, CONNECTIONS) / given.workers, 1),
            "floor_ms": _milliseconds(lowest),
            "idle": _idle(url, given),
            "one_by_one": _one_by_one(desk, given),
            "at_once": _at_once(desk),
            "killed": _killed(desk, given),
        }
    finally:
        crew.end()
        installed.database.dispose()
    return {**figures, **desk.audit()}


def _participants(installed: Installation) -> list[Participant]:
    with installed.database.write() as session:
        contest = session.execute(select(Competition)).scalar_one()
        people = [
            Participant(
                public_id=f"p_{n}", competition_id=contest.id or 0, name=f"P{n}",
                name_key=f"p{n}", token_hash=f"{n:064x}", joined_at=utc_now(),
            )
            for n in range(PARTICIPANTS)
        ]  # fmt: skip
        session.add_all(people)
    return people


class Crew:
    """Worker processes and one that heals, which say what they claim and end."""

    def __init__(self, settings: Settings, workers: int) -> None:
        context = multiprocessing.get_context("fork")
        self._said, saying = context.Pipe(duplex=False)
        turn = context.Lock()

        def say(what: str, claim: Claim) -> None:
            with turn:
                saying.send((what, claim.submission_id, os.getpid(), time.monotonic()))

        self.said: list[Said] = []
        self.workers = [
            context.Process(target=_work, args=(settings, f"bench-{n}", say))
            for n in range(workers)
        ]
        self._healer = context.Process(target=_heal, args=(settings,))

    def start(self, url: str) -> None:
        for process in (*self.workers, self._healer):
            process.start()
        threading.Thread(target=self._hear, daemon=True).start()
        wait_until(lambda: one(url, REGISTERED) == len(self.workers), "all workers are there")
        time.sleep(2)  # what starting costs is not what idling costs

    def end(self) -> None:
        for process in (*self.workers, self._healer):
            process.kill()
            process.join()

    def heard(self, what: str) -> list[Said]:
        return [said for said in list(self.said) if said[0] == what]

    def _hear(self) -> None:
        with contextlib.suppress(EOFError, OSError):
            while True:
                self.said.append(self._said.recv())


def _work(settings: Settings, name: str, say: Callable[[str, Claim], None]) -> None:
    """One worker as the role `worker --pools grade` makes it, with a stand-in for its hop."""
    logs.configure()
    installed = open_installation(settings, migrating=False)
    scoring = make_scoring(settings, installed.folders.work, secret=None)
    engine = ticket_engine(installed, scoring, utc_now, pools=(POOL,), name=name)

    def hop(claim: Claim, cancelled: threading.Event) -> None:
        say("claimed", claim)
        time.sleep(HOP_SECONDS)

    def endless(claim: Claim, cancelled: threading.Event) -> None:
        say("claimed", claim)
        with installed.database.read() as session:
            was_tried = session.get_one(Submission, claim.submission_id).alone
        if not was_tried:
            cancelled.wait()

    def record(session: Session, claim: Claim, found: None) -> None:
        if ledger.finish(session, claim, State.SCORED, now=utc_now()):
            say("done", claim)

    engine.ledger_engine.handlers = {Step.PARSE: hop, ENDLESS: endless}
    engine.ledger_engine.record = record
    CommitListener(installed.database).start()
    engine.start()
    signal.pause()


def _heal(settings: Settings) -> None:
    logs.configure()
    sweeping_engine(open_installation(settings, migrating=False), utc_now).start()
    signal.pause()


@dataclass
class Desk:
    """Queues submissions, and knows when each was queued."""

    installed: Installation
    people: list[Participant]
    crew: Crew
    url: str
    queued: dict[int, float] = field(default_factory=dict)

    def queue(self, count: int = 1, *, step: Step = Step.PARSE) -> None:
        with self.installed.database.write() as session:
            first = len(self.queued)
            found = [self._queued(session, first + n, step) for n in range(count)]
        # From the commit on it can be seen.
        self.queued |= dict.fromkeys(found, time.monotonic())

    def _queued(self, session: Session, number: int, step: Step) -> int:
        who, now = self.people[number % PARTICIPANTS], utc_now()
        submission = Submission(
            public_id=f"s_{number}", participant_id=who.id or 0, competition_id=who.competition_id,
            idempotency_key=str(number), kind="predictions", name="x", filename="x.npy",
            size_bytes=1, sha256="0" * 64, created_at=now, queued_at=now,
        )  # fmt: skip
        ledger.enqueue(session, submission, step=step, pool=POOL)
        assert submission.id is not None
        return submission.id

    def await_done(self) -> None:
        wait_until(lambda: len(self.crew.heard("done")) >= len(self.queued), "all is done")

    def await_rest(self) -> None:
        """Until the tickets that nobody needs any more are gone, too: they are part of the load."""
        wait_until(lambda: not one(self.url, TICKETS), "no ticket is left")

    def latencies(self, what: str, since: int) -> list[float]:
        """Seconds from queued to `what`, of everything but the first `since` submissions."""
        wanted = dict(list(self.queued.items())[since:])
        return [at - wanted[found] for _, found, _, at in self.crew.heard(what) if found in wanted]

    def audit(self) -> dict[str, int]:
        done = [found for _, found, _, _ in self.crew.heard("done")]
        return {
            "submissions": len(self.queued),
            "not_done": len(set(self.queued) - set(done)),
            "done_twice": len(done) - len(set(done)),
        }


def _idle(url: str, given: argparse.Namespace) -> dict[str, float]:
    load = Load(url)
    time.sleep(given.seconds)
    found = load.until_now()
    each = found.pop("seconds") * given.workers
    return {f"{name}_a_worker_second": round(did / each, 2) for name, did in found.items()}


def _one_by_one(desk: Desk, given: argparse.Namespace) -> dict[str, Any]:
    since, load = len(desk.queued), Load(desk.url)
    for _ in range(round(given.seconds / PAUSE_SECONDS)):
        desk.queue()
        time.sleep(PAUSE_SECONDS)
    desk.await_done()
    return _figures(desk, since, load)


def _at_once(desk: Desk) -> dict[str, Any]:
    since, load = len(desk.queued), Load(desk.url)
    desk.queue(AT_ONCE)
    began = time.monotonic()
    desk.await_done()
    rate = AT_ONCE / (time.monotonic() - began)
    return {"hops_a_second": round(rate, 1), **_figures(desk, since, load)}


def _figures(desk: Desk, since: int, load: Load) -> dict[str, Any]:
    desk.await_rest()
    found = load.until_now()
    number = len(desk.queued) - since
    return {
        "submissions": number,
        "claimed_ms": _milliseconds(desk.latencies("claimed", since)),
        "done_ms": _milliseconds(desk.latencies("done", since)),
        **{f"{name}_a_hop": round(found[name] / number, 1) for name in COUNTED},
    }


def _killed(desk: Desk, given: argparse.Namespace) -> dict[str, Any]:
    """As many workers killed as asked for, all at one moment, each with work in hand."""
    before = len(desk.crew.said)
    desk.queue(given.kills, step=ENDLESS)
    wait_until(lambda: len(desk.crew.said) - before >= given.kills, "work is in hand")
    time.sleep(1)
    holders = {found: process for _, found, process, _ in desk.crew.said[before:]}
    for process in holders.values():
        os.kill(process, signal.SIGKILL)
    killed = time.monotonic()
    desk.await_done()
    again = [
        at - killed for what, found, process, at in desk.crew.said[before:]
        if what == "claimed" and process != holders.get(found)
    ]  # fmt: skip
    return {"workers": len(holders), "elsewhere_s": [round(at, 2) for at in sorted(again)]}


def _milliseconds(seconds: list[float]) -> dict[str, float]:
    found = sorted(seconds)
    return {
        name: round(1000 * found[min(len(found) - 1, int(len(found) * share))], 1)
        for name, share in (("p50", 0.5), ("p95", 0.95), ("max", 1.0))
    }


if __name__ == "__main__":
    raise SystemExit(main())
