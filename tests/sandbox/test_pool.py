"""The pool: ready runners, one job each, replaced; and the zygote replaced when it dies."""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from heldout_server.prediction.pool import RunnerPool
from heldout_server.prediction.runner import RunnerFailed
from sandboxed import SETTINGS, predicted
from waiting import run_until

MEBIBYTE = 1 << 20


def score(pool: RunnerPool, models: Path) -> None:
    assert predicted(pool, models, "mlp").values.shape == (300, 10)


class TestRunners:
    def test_wait_ready_within_their_memory(self, pool: RunnerPool) -> None:
        run_until(lambda: pool.status().ready == 1)
        status = pool.status()
        assert (status.slots, status.busy) == (1, 0)
        assert 100 * MEBIBYTE < status.memory_bytes < 700 * MEBIBYTE

    def test_serve_one_job_each(self, pool: RunnerPool) -> None:
        with pool.bare_runner() as first, pool.bare_runner() as second:
            assert first.pid != second.pid
            assert first.slot.folder != second.slot.folder
        run_until(lambda: not first.slot.folder.exists() and not second.slot.folder.exists())
        assert not Path(f"/proc/{first.pid}").exists()

    def test_come_bare_when_many_jobs_come_at_once(self, pool: RunnerPool, models: Path) -> None:
        failures: list[BaseException] = []

        def one() -> None:
            try:
                score(pool, models)
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=one) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert pool.status().busy == 0


class TestZygote:
    def test_is_replaced_when_it_dies(self, own_pool: RunnerPool, models: Path) -> None:
        own_pool.warm()
        score(own_pool, models)
        os.kill(own_pool.zygote_pid(), signal.SIGKILL)
        run_until(lambda: own_pool.status().zygotes_started == 2)
        score(own_pool, models)

        own_pool.renew()
        run_until(lambda: own_pool.status().zygotes_started == 3)
        score(own_pool, models)
        run_until(lambda: own_pool.status().ready == 2)

    def test_that_cannot_start_is_our_fault(self, models: Path) -> None:
        pool = RunnerPool(replace(SETTINGS, python="/bin/true"))
        pool.warm()
        try:
            with pytest.raises(RunnerFailed, match="can't start"):
                score(pool, models)
            assert "can't start" in pool.status().problem
        finally:
            pool.close()


class TestClose:
    def test_leaves_nothing_behind(self) -> None:
        pool = RunnerPool(SETTINGS)
        pool.warm()
        with pool.bare_runner() as runner:
            pid, zygote = runner.pid, pool.zygote_pid()
        run_until(lambda: pool.status().ready == 1)
        pool.close()
        assert not Path(f"/proc/{zygote}").exists()
        run_until(lambda: not Path(f"/proc/{pid}").exists())
        assert not pool.folder.exists()

    def test_does_not_wait_for_a_zygote_that_starts(self) -> None:
        pool = RunnerPool(SETTINGS)
        pool.warm()
        started = time.monotonic()
        pool.close()
        assert time.monotonic() - started < 2
