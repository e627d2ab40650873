"""Whether models may run here: decided by real attempts in real runners, at every start."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from heldout_server.prediction.pool_port import Pool
from heldout_server.prediction.runner import RunnerFailed
from heldout_server.prediction.selftest import ProbeResult

log = structlog.get_logger()

SOON_SECONDS, AGAIN_SECONDS = 0.5, 5.0
Secret = Callable[[], Path | None]
CHECKING, CONTAINED, ESCAPED, UNAVAILABLE = "checking", "contained", "not contained", "unavailable"


@dataclass(frozen=True)
class Verdict:
    """How the self-test ended: one of the words above, why, and every attempt."""

    state: str
    reason: str = ""
    probes: tuple[ProbeResult, ...] = ()


class Containment:
    """Runs the self-test in the background and remembers its verdict.

    `secret` names a file of the server's that must stay out of reach, or where one will lie, as of
    when it is tried.
    `accepts_risk`: the organizer has said that models may run without a boundary.
    """

    def __init__(self, pool: Pool, *, secret: Secret | None, accepts_risk: bool) -> None:
        self._pool = pool
        self._secret = secret
        self.accepts_risk = accepts_risk
        self.verdict = Verdict(CHECKING)
        self._decided = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._test, name="heldout-selftest", daemon=True)

    def start(self) -> None:
        """Begin the self-test, unless that was done."""
        if self._thread.ident is None:
            self._thread.start()

    def end(self) -> None:
        """Make nothing of what comes out from now on: the pool is about to be closed."""
        self._stopping.set()

    def stop(self, timeout_seconds: float = 10.0) -> None:
        """Wait for the thread; closing the pool ends what it waits for."""
        self.end()
        if self._thread.is_alive():
            self._thread.join(timeout_seconds)

    def refusal(self) -> str | None:
        """Why models can't be taken; None while they can, also while it isn't known yet."""
        if self.accepts_risk or self.verdict.state in {CHECKING, CONTAINED}:
            return None
        return self.verdict.reason

    def await_permission(self, timeout_seconds: float) -> None:
        """Return once a model may run. Raises RunnerFailed when it may not."""
        if not self._decided.wait(timeout_seconds):
            raise RunnerFailed("the sandbox's self-test hasn't ended")
        refusal = self.refusal()
        if refusal is not None:
            raise RunnerFailed(f"models can't run here: {refusal}")

    def _test(self) -> None:
        """Test until there is a verdict on the sandbox: a runner that died proves nothing.

        One that died once isn't even a reason to refuse models: they wait for the second try.
        """
        first = self._judged()
        if first.state == UNAVAILABLE and not self._stopping.wait(SOON_SECONDS):
            first = self._judged()
        self._decide(first)
        while self.verdict.state == UNAVAILABLE and not self._stopping.wait(AGAIN_SECONDS):
            self._decide(self._judged())

    def _decide(self, verdict: Verdict) -> None:
        before, self.verdict = self.verdict, verdict
        self._decided.set()
        if self.verdict != before and not self._stopping.is_set():
            report = log.info if self.verdict.state == CONTAINED else log.error
            report("selftest.ended", state=self.verdict.state, reason=self.verdict.reason)

    def _judged(self) -> Verdict:
        try:
            return judged(self._pool.self_test(secret=self._secret() if self._secret else None))
        except RunnerFailed as error:
            return Verdict(UNAVAILABLE, str(error))
        except Exception:
            log.exception("selftest.failed")
            return Verdict(UNAVAILABLE, "the self-test itself failed; see the log")


def judged(results: list[ProbeResult]) -> Verdict:
    """The verdict on these attempts."""
    escaped = [result.name for result in results if not result.contained]
    if not escaped:
        return Verdict(CONTAINED, probes=tuple(results))
    return Verdict(ESCAPED, f"the sandbox did not hold {', '.join(escaped)}", tuple(results))
