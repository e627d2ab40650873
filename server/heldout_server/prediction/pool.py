"""A pool of sandboxed, pre-warmed, single-use runners, forked from one zygote.

A few runners wait ready; a job takes one at once, and one more is warmed when nobody waits.
Under backlog a job gets a bare one: warming ahead would only take the cores from it. A thread
of the pool's own starts the zygote, refills, and collects what has ended.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import structlog

from heldout_runner import protocol
from heldout_runner.onnx_archive import is_graph
from heldout_server.prediction import memory, selftest
from heldout_server.prediction.answers import Asked
from heldout_server.prediction.cgroups import RunnerGroups, delegated
from heldout_server.prediction.endings import Bounds
from heldout_server.prediction.onnx_files.refusals import needs_onnxruntime
from heldout_server.prediction.pool_port import PoolStatus
from heldout_server.prediction.runner import (
    NeverBegan,
    RunnerFailed,
    RunnerResult,
    RunOrder,
    UseValues,
    unused,
)
from heldout_server.prediction.runner_folders import FIRST_USER, PoolFolder, Slot
from heldout_server.prediction.sandboxed_runner import SandboxedRunner, place_model
from heldout_server.prediction.selftest import ProbeResult
from heldout_server.prediction.zygote_process import (
    START_SECONDS,
    Protection,
    ZygoteFailed,
    ZygoteProcess,
)

log = structlog.get_logger()

# With jobs coming faster than this there is a backlog, and the cores belong to them.
QUIET_SECONDS = 0.1
LOOK_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
# Beyond what the deadlines allow, since imports and warming up count too.
SPARE_CPU_SECONDS = 30
# How many runners are tried for one job before this machine counts as unable to run any.
MOST_STARTS = 3
FIRST_SLOTS = {protocol.TENSORFLOW: 0, protocol.ONNXRUNTIME: 500}


@dataclass(frozen=True)
class PoolSettings:
    """How runners are started, how many wait, and what one job may take.

    `device` is `auto`, `cpu`, `gpu` or `gpu:N`; `threads` 0 means all cores; `slots` is how many
    models run at the same time, and how many runners wait ready; `python` is the interpreter
    with the runner's packages, `engine` what it runs models by.
    """

    device: str
    threads: int
    batch_size: int
    longest_parameters: int
    load_seconds: float
    predict_seconds: float
    slots: int = 1
    memory_bytes: int = 2 << 30
    gpu_memory_bytes: int = 0
    python: str = sys.executable
    engine: str = protocol.TENSORFLOW


class RunnerPool:
    """Warm runners. `contained` is None until the self-test has run."""

    def __init__(self, settings: PoolSettings) -> None:
        self._settings = settings
        self._folder = PoolFolder(FIRST_SLOTS[settings.engine])
        self._groups = RunnerGroups(delegated(), settings.memory_bytes)
        self._changed = threading.Condition()
        self._zygote: ZygoteProcess | None = None
        self._keeper: threading.Thread | None = None
        self._closing = False
        self._renewing = False
        self._starting: ZygoteProcess | None = None
        self._retired: list[ZygoteProcess] = []
        self._living: list[SandboxedRunner] = []
        self._idle: list[SandboxedRunner] = []
        self._ended: list[SandboxedRunner] = []
        self._busy = 0
        self._last_change = 0.0
        self._next_start = 0.0
        self._pause = LOOK_SECONDS
        self._zygotes_started = 0
        self._problem = ""
        self.probe_results: list[ProbeResult] = []
        self.contained: bool | None = None

    def warm(self) -> None:
        """Start the zygote and the first runners in the background, unless that was done."""
        with self._changed:
            if self._keeper is None and not self._closing:
                self._keeper = threading.Thread(target=self._keep, name="runner-pool", daemon=True)
                self._keeper.start()

    def predict(
        self, order: RunOrder, cancelled: threading.Event, use: UseValues = unused
    ) -> RunnerResult:
        """Run a model in a process of its own.

        `use` gets the values first, while the runner still looks at practice images. Raises
        Rejection (their file), RunnerFailed (ours, or not known), NotKnownHere or Cancelled.
        """
        settings = self._settings
        if is_graph(order.config) and settings.engine != protocol.ONNXRUNTIME:
            raise needs_onnxruntime()
        with self._begun(order, cancelled) as runner:
            return runner.result(
                Asked(
                    order.rows,
                    order.signature,
                    order.preprocessing,
                    settings.longest_parameters,
                    settings.engine,
                ),
                load_seconds=settings.load_seconds,
                predict_seconds=settings.predict_seconds,
                cancelled=cancelled,
                use=use,
            )

    def self_test(self, *, secret: Path | None = None, thorough: bool = False) -> list[ProbeResult]:
        """Have real runners attempt what a hostile model would, and remember how it went.

        `secret` is a file of the server's, such as the labels, that must stay out of reach;
        `thorough` tries all probes instead of those for each start. Raises RunnerFailed.
        """
        self.warm()
        zygote = self._awaited_zygote()
        skipped = selftest.skipped(zygote.protection)
        results = []
        with selftest.targets(secret) as targets:
            for kind in zygote.protection.probes:
                if (kind["at_start"] or thorough) and kind["name"] not in skipped:
                    with self.bare_runner() as runner:
                        attempt = selftest.attempt(runner, kind, targets)
                        results.append(replace(attempt, engine=self._settings.engine))
        self.probe_results = results
        self.contained = all(result.contained for result in results)
        return results

    def protection(self) -> Protection:
        """What protects runners on this machine, and what doesn't. Raises RunnerFailed."""
        return self._awaited_zygote().protection

    @property
    def folder(self) -> Path:
        """The pool's temporary folder."""
        return self._folder.path

    def zygote_pid(self) -> int:
        """The zygote's process id. Raises RunnerFailed."""
        return self._awaited_zygote().pid

    @contextlib.contextmanager
    def bare_runner(self) -> Iterator[SandboxedRunner]:
        """A runner of its own that wasn't warmed up, ended afterwards. Raises RunnerFailed."""
        with self._borrowed(warm=False) as runner:
            yield runner

    def status(self) -> PoolStatus:
        """What the pool is doing."""
        with self._changed:
            idle, zygote = list(self._idle), self._zygote
            ready = sum(runner.warm and runner.is_waiting() for runner in idle)
            busy, started, problem = self._busy, self._zygotes_started, self._problem
        alive = zygote is not None and zygote.is_alive()
        used = memory.used_bytes(zygote.pid, [r.pid for r in idle]) if zygote and alive else 0
        return PoolStatus(self._settings.slots, ready, busy, used, started, problem)

    def has_idle_runner(self) -> bool:
        """Whether a runner waits ready and no job is under way."""
        with self._changed:
            return not self._busy and any(runner.is_waiting() for runner in self._idle)

    def forget(self, inputs: Path) -> None:
        """These inputs aren't asked about any more, for now."""
        self._folder.forget(inputs)

    def renew(self) -> None:
        """Replace the zygote, for new packages; work under way ends where it began."""
        with self._changed:
            self._renewing = True
            self._changed.notify_all()

    def close(self) -> None:
        """End the zygote and all runners, and remove the pool's folder."""
        with self._changed:
            self._closing = True
            starting, keeper = self._starting, self._keeper
            self._changed.notify_all()
        if starting is not None:
            starting.end()
        if keeper is not None:
            keeper.join()
        self._folder.remove()

    def _job(self, order: RunOrder, runner: SandboxedRunner) -> protocol.Job:
        """The order in terms of what a runner may read."""
        folder = self._folder
        floats = folder.prepared_inputs(order.inputs)
        return protocol.Job(
            model_path=str(place_model(order.model, runner.slot)),
            inputs_path=str(folder.shared(order.inputs)),
            widths=order.signature.widths,
            batch_size=self._settings.batch_size,
            longest_parameters=self._settings.longest_parameters,
            preprocessing=order.preprocessing,
            practice_inputs_path=str(folder.shared(order.practice_inputs)),
            practice_answers_path=str(folder.shared(order.practice_answers)),
            prepared_inputs_path=str(floats) if floats else "",
            scaling_path=str(folder.shared(order.scaling)) if order.scaling else "",
            kind=str(order.signature.task.kind),
        )

    @contextlib.contextmanager
    def _begun(self, order: RunOrder, cancelled: threading.Event) -> Iterator[SandboxedRunner]:
        """A runner that has the order. Raises NeverBegan or Cancelled.

        One that died while it waited is replaced: that was before it heard of the file.
        """
        for number in range(1, MOST_STARTS + 1):
            with self._borrowed() as runner:
                try:
                    self._hand_over(order, runner, cancelled)
                except NeverBegan as error:
                    log.warning("runners.never_began", reason=str(error))
                    if number == MOST_STARTS:
                        raise
                else:
                    yield runner
                    return

    def _hand_over(
        self, order: RunOrder, runner: SandboxedRunner, cancelled: threading.Event
    ) -> None:
        job = self._job(order, runner)
        runner.await_ready(time.monotonic() + self._settings.load_seconds, cancelled)
        runner.send(job)

    @contextlib.contextmanager
    def _borrowed(self, *, warm: bool = True) -> Iterator[SandboxedRunner]:
        with self._changed:
            self._busy += 1
            self._last_change = time.monotonic()
            runner = self._waiting_runner() if warm else None
        try:
            runner = runner or self._forked(warm=False)
            yield runner
        finally:
            self._return(runner)

    def _waiting_runner(self) -> SandboxedRunner | None:
        """One that is ready, or else the one that has been warming for longest."""
        alive = [runner for runner in self._idle if runner.is_alive()]
        ready = [runner for runner in alive if runner.is_waiting()]
        chosen = next(iter(ready or alive), None)
        if chosen is not None:
            self._idle.remove(chosen)
        return chosen

    def _return(self, runner: SandboxedRunner | None) -> None:
        if runner is not None:
            runner.end()
        with self._changed:
            self._busy -= 1
            self._last_change = time.monotonic()
            closed = self._closing
            if runner is not None and not closed:
                self._ended.append(runner)
            self._changed.notify_all()
        if runner is not None and closed:
            self._collect(runner)

    def _forked(self, *, warm: bool) -> SandboxedRunner:
        for _ in range(2):
            zygote = self._awaited_zygote()
            slot = self._folder.take(own_users=zygote.protection.own_users)
            try:
                runner = self._new_runner(zygote, slot, warm=warm)
            except ZygoteFailed as error:
                self._folder.give_back(slot)
                reason = str(error)
                self._replace(zygote)
                continue
            self._groups.enclose(slot.number, runner.pid)
            with self._changed:
                self._living.append(runner)
            return runner
        raise NeverBegan(f"no runner can be made: {reason}")

    def _new_runner(self, zygote: ZygoteProcess, slot: Slot, *, warm: bool) -> SandboxedRunner:
        bounds = Bounds(self._settings.memory_bytes, self._cpu_seconds())
        oom_kills = partial(self._groups.oom_kills, slot.number)
        return SandboxedRunner(zygote, slot, warm=warm, bounds=bounds, oom_kills=oom_kills)

    def _replace(self, failed: ZygoteProcess) -> None:
        with self._changed:
            if self._zygote is failed:
                self._renewing = True
                self._changed.notify_all()
        failed.end()

    def _awaited_zygote(self) -> ZygoteProcess:
        """The zygote, as soon as it answers. Raises NeverBegan when it can't start."""
        deadline = time.monotonic() + START_SECONDS
        with self._changed:
            while not self._closing and time.monotonic() < deadline:
                if self._zygote is not None and self._zygote.is_alive():
                    return self._zygote
                if self._problem:
                    raise NeverBegan(self._problem)
                self._changed.notify_all()
                self._changed.wait(LOOK_SECONDS)
        raise NeverBegan("the runners are closed, or not started in time")

    # What follows runs in the keeper's thread.

    def _keep(self) -> None:
        while True:
            with self._changed:
                if self._closing:
                    break
                ended, self._ended = self._ended, []
            for runner in ended:
                self._collect(runner)
            self._keep_zygote()
            self._refill()
            with self._changed:
                if not self._closing and not self._ended and not self._renewing:
                    self._changed.wait(QUIET_SECONDS if self._missing() else LOOK_SECONDS)
        self._shut()

    def _collect(self, runner: SandboxedRunner) -> None:
        runner.close()
        self._groups.remove(runner.slot.number)
        self._folder.give_back(runner.slot)
        with self._changed:
            if runner in self._living:
                self._living.remove(runner)

    def _keep_zygote(self) -> None:
        """Start a zygote where there is none, or another is wanted; let go of old ones."""
        current = self._zygote
        if current is not None and current.is_alive() and not self._renewing:
            self._close_retired()
            return
        if time.monotonic() < self._next_start:
            return
        fresh = self._started_zygote()
        if fresh is None:
            return
        with self._changed:
            self._zygote, self._renewing, self._problem = fresh, False, ""
            self._zygotes_started += 1
            self._ended += self._idle
            self._idle = []
            self._changed.notify_all()
        if current is not None:
            self._retired.append(current)

    def _started_zygote(self) -> ZygoteProcess | None:
        zygote = ZygoteProcess(self._settings.python, self._options(), self._folder.scratch)
        with self._changed:
            self._starting = zygote
            if self._closing:
                zygote.end()
        try:
            zygote.await_introduction()
        except ZygoteFailed as error:
            zygote.close()
            self._note_failure(str(error))
            return None
        finally:
            self._starting = None
        self._pause = LOOK_SECONDS
        log.info("runners.zygote_started", pid=zygote.pid, notes=zygote.protection.notes)
        return zygote

    def _note_failure(self, reason: str) -> None:
        if not self._closing:
            log.error("runners.zygote_failed", reason=reason)
        with self._changed:
            self._problem = f"the runners can't start: {reason}"
            self._next_start = time.monotonic() + self._pause
            self._pause = min(2 * self._pause, LONGEST_PAUSE_SECONDS)
            self._changed.notify_all()

    def _options(self) -> protocol.ZygoteOptions:
        settings = self._settings
        return protocol.ZygoteOptions(
            server=os.getpid(),
            device=settings.device,
            threads=self._threads(),
            images_folder=str(self._folder.images),
            fixture_folder=str(self._folder.images),
            first_user=FIRST_USER,
            memory_bytes=settings.memory_bytes,
            cpu_seconds=self._cpu_seconds(),
            gpu_memory_bytes=settings.gpu_memory_bytes,
            grouped=self._groups.exist,
            engine=settings.engine,
        )

    def _threads(self) -> int:
        return self._settings.threads or os.cpu_count() or 1

    def _cpu_seconds(self) -> int:
        seconds = self._settings.load_seconds + self._settings.predict_seconds
        return SPARE_CPU_SECONDS + round(seconds * self._threads())

    def _missing(self) -> bool:
        """Whether runners are to be warmed, now or as soon as it is quiet."""
        # Warming takes a core for half a second: with all but one in use, a job would wait for it.
        room = not self._busy or self._busy + 1 < self._settings.slots
        return room and len(self._idle) < self._settings.slots

    def _refill(self) -> None:
        with self._changed:
            dead = [runner for runner in self._idle if not runner.is_alive()]
            self._idle = [runner for runner in self._idle if runner not in dead]
            self._ended += dead
            quiet = time.monotonic() - self._last_change >= QUIET_SECONDS
            zygote = self._zygote
            ready = zygote is not None and zygote.is_alive() and not self._renewing
            wanted = self._missing() and quiet and ready
        if wanted:
            try:
                runner = self._forked(warm=True)
            except RunnerFailed as error:
                log.error("runners.refill_failed", reason=str(error))
                return
            with self._changed:
                self._idle.append(runner)

    def _close_retired(self) -> None:
        with self._changed:
            needed = [runner.zygote for runner in self._living]
        for zygote in [zygote for zygote in self._retired if zygote not in needed]:
            self._retired.remove(zygote)
            zygote.close()

    def _shut(self) -> None:
        for runner in [*self._ended, *self._idle]:
            self._collect(runner)
        for zygote in [*self._retired, *([self._zygote] if self._zygote else [])]:
            zygote.close()
