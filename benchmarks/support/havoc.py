"""Kills, pauses and cut connections, and how long the work in flight took to come back.

Runners are killed with SIGKILL, SIGTERM or SIGSEGV, all of a scorer's at once. A crash that comes
twice, and the last of three tries, count for what they look like, whoever sent the signal: so no
submission gets a second SIGSEGV, and its last try is left alone.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg
from sqlalchemy import select, text
from sqlmodel import col

from heldout_server.kit.db import Database
from heldout_server.models import State, Step, Submission
from support.cluster import Cluster, Role, children, wait_until

LONGEST_RECOVERY_SECONDS = 60.0
LONGEST_WAIT_FOR_A_MODEL_SECONDS = 10.0
HELD = text(
    "select s.id, s.token from submission s join worker w on w.id = s.worker_id "
    "where s.state = 'running' and w.process = :process"
)
UNFINISHED = select(Submission).where(col(Submission.state).in_((State.QUEUED, State.RUNNING)))
AGAINST_RUNNERS = (signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV)
MOST_TRIES = 3
"""The default of HELDOUT_MAX_ATTEMPTS."""
STILL_HELD = text("select count(*) from submission where id = :id and token = :token")


@dataclass
class Havoc:
    """Does random harm until told to stop; every killed role is started again."""

    cluster: Cluster
    database: Database
    pause_seconds: float
    seed: int
    log: Callable[[str], None]
    done: Counter[str] = field(default_factory=Counter)
    recoveries: list[float] = field(default_factory=list)
    _watchers: list[threading.Thread] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def run(self, *, kills: int, over_seconds: float) -> None:
        """`kills` kills, spread over the time, with pauses and cut connections between them."""
        chance = random.Random(self.seed)
        plan = self._plan(kills, chance)
        supervisor = threading.Thread(target=self._restart_what_ends)
        supervisor.start()
        for harm in plan:
            time.sleep(chance.uniform(0.5, 1.5) * over_seconds / len(plan))
            harm()
        while self.kills < kills:  # a runner that was to be killed may have ended before
            time.sleep(chance.uniform(0.5, 1.5) * over_seconds / len(plan))
            if any(what.startswith("kill runners") for what in self.done):
                self._kill_role(_kind(chance.choice(list(self.cluster.roles.values()))), chance)
            else:
                self._kill_runners(chance)
        for watcher in self._watchers:
            watcher.join()

    @property
    def kills(self) -> int:
        """How many times processes were killed."""
        return sum(number for what, number in self.done.items() if what.startswith("kill"))

    def stop(self) -> None:
        """Restart nothing more."""
        self._over.set()

    def _restart_what_ends(self) -> None:
        """As systemd or a container engine would: also a worker whose zygote died at its start."""
        while not self._over.wait(0.5):
            for role in self.cluster.roles.values():
                if not role.alive:
                    self.cluster.start(role)

    def _plan(self, kills: int, chance: random.Random) -> list[Callable[[], None]]:
        """Every kind of process in turn, so that each is killed; then shuffled."""
        kinds = sorted({_kind(role) for role in self.cluster.roles.values()} | {"zygote", "runner"})
        plan = [self._killer(kinds[number % len(kinds)], chance) for number in range(kills)]
        plan += [lambda: self._pause(chance)] * max(1, kills // 10)
        if self.cluster.database_url:
            plan += [self._cut_connections] * max(1, kills // 6)
        chance.shuffle(plan)
        return plan

    def _killer(self, kind: str, chance: random.Random) -> Callable[[], None]:
        if kind == "zygote":
            return lambda: self._kill_zygote(chance)
        if kind == "runner":
            return lambda: self._kill_runners(chance)
        return lambda: self._kill_role(kind, chance)

    def _kill_role(self, kind: str, chance: random.Random) -> None:
        role = chance.choice([r for r in self.cluster.roles.values() if _kind(r) == kind])
        if not role.alive:
            return
        self._wait_for_work(role)
        self._watch_recovery(role)
        os.kill(role.pid, signal.SIGKILL)
        assert role.process is not None
        role.process.wait()
        self._note(f"kill {kind}")

    def _kill_zygote(self, chance: random.Random) -> None:
        victims = [pid for role in self._scorers() for pid, _ in children(role.pid)]
        if victims and _killed(chance.choice(victims), signal.SIGKILL):
            self._note("kill zygote")

    def _kill_runners(self, chance: random.Random) -> None:
        """All of one scorer, at work or waiting, while a model runs if one does soon."""
        wait_until(lambda: any(_runners(role) for role in self._scorers()), "a runner lives")
        sign, scorers = chance.choice(AGAINST_RUNNERS), self._scorers()
        if not scorers:
            return
        role = chance.choice(scorers)
        self._wait_for_a_model(role)
        under_way = self._under_way()
        if any(row.state == State.RUNNING and row.attempt >= MOST_TRIES for row in under_way):
            return
        crashed = [one["ended"] for row in under_way for one in row.endings or ()]
        if sign is signal.SIGSEGV and sign.name in crashed:
            sign = signal.SIGKILL
        killed = [pid for pid in _runners(role) if _killed(pid, sign)]
        if killed:
            self._note(f"kill runners {sign.name}")

    def _scorers(self) -> list[Role]:
        roles = self.cluster.roles.values()
        return [role for role in roles if role.alive and _kind(role) in {"scorer", "server"}]

    def _wait_for_a_model(self, role: Role) -> None:
        deadline = time.monotonic() + LONGEST_WAIT_FOR_A_MODEL_SECONDS
        while role.alive and time.monotonic() < deadline:
            if any(r.state == State.RUNNING and r.step == Step.PREDICT for r in self._under_way()):
                return
            time.sleep(0.01)

    def _under_way(self) -> list[Submission]:
        with self.database.read() as session:
            return list(session.execute(UNFINISHED).scalars())

    def _pause(self, chance: random.Random) -> None:
        working = {"grader", "scorer", "server"}
        role = chance.choice([r for r in self.cluster.roles.values() if _kind(r) in working])
        if not role.alive:
            return
        os.kill(role.pid, signal.SIGSTOP)
        self._note(f"pause {_kind(role)} {self.pause_seconds:.0f} s")
        time.sleep(self.pause_seconds)
        os.kill(role.pid, signal.SIGCONT)

    def _cut_connections(self) -> None:
        with psycopg.connect(self.cluster.database_url, autocommit=True) as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where datname = current_database() and pid <> pg_backend_pid()"
            )
        self._note("cut connections")

    def _wait_for_work(self, role: Role) -> None:
        """Kill a worker while it works, if it gets work within a few seconds."""
        if _kind(role) not in {"grader", "scorer", "server"}:
            return
        deadline = time.monotonic() + 3
        while time.monotonic() < deadline and not self._held(role):
            time.sleep(0.01)

    def _held(self, role: Role) -> list[tuple[int, str]]:
        try:
            with self.database.read() as session:
                found = session.execute(HELD, {"process": role.pid})
                return [(int(row[0]), str(row[1])) for row in found]
        except Exception:
            return []

    def _watch_recovery(self, role: Role) -> None:
        """Time from now until everything that this process holds is somebody else's, or done."""
        for submission_id, token in self._held(role):
            watcher = threading.Thread(target=self._await_release, args=(submission_id, token))
            watcher.start()
            self._watchers.append(watcher)

    def _await_release(self, submission_id: int, token: str) -> None:
        started = time.monotonic()
        while time.monotonic() - started < LONGEST_RECOVERY_SECONDS:
            try:
                with self.database.read() as session:
                    still = session.execute(STILL_HELD, {"id": submission_id, "token": token})
                    if not still.scalar():
                        break
            except Exception:
                self.log("the watcher's own connection was cut")
            time.sleep(0.1)
        self.recoveries.append(time.monotonic() - started)

    def _note(self, what: str) -> None:
        self.done[what] += 1
        self.log(what)


def _runners(role: Role) -> list[int]:
    """The zygote is the scorer's child, and they are the zygote's."""
    zygotes = [pid for pid, _ in children(role.pid)] if role.alive else []
    return [pid for zygote in zygotes for pid, _ in children(zygote)]


def _killed(pid: int, sign: signal.Signals) -> bool:
    try:
        os.kill(pid, sign)
    except ProcessLookupError:
        return False
    return True


def _kind(role: Role) -> str:
    return role.name.partition("-")[0]
