"""The same containment with a user id for each slot, and for a server that isn't root."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from conftest import ROOT
from heldout_runner.limits import MOST_TASKS
from heldout_server.prediction.pool import RunnerPool
from sandboxed import SETTINGS, predicted
from waiting import PATIENCE_SECONDS

SYSTEM_PYTHON = Path("/usr/bin") / f"python3.{sys.version_info.minor}"
NOBODY = "65534"
SELF_TEST = """
from heldout_server.prediction.pool import PoolSettings, RunnerPool
pool = RunnerPool(PoolSettings("cpu", 1, 0, 1000, 20, 20))
pool.warm()
try:
    for result in pool.self_test():
        if not result.contained or result.name == "bomb_threads":
            print(result.name, result.outcome, result.detail)
    print(pool.contained, pool.protection().own_users, pool.protection().limits_tasks)
finally:
    pool.close()
"""


@pytest.fixture(scope="module")
def public_python() -> Iterator[Path]:
    """An interpreter that every user of this machine can read, with our packages.

    What others can't read where it lies, as in root's home, is copied.
    """
    if os.geteuid() != 0:
        pytest.skip("only root can run runners as somebody else")
    if not SYSTEM_PYTHON.exists():
        pytest.skip(f"no {SYSTEM_PYTHON} that other users can read")
    folder = Path(tempfile.mkdtemp(prefix="heldout-python-", dir="/var/tmp"))
    subprocess.run([SYSTEM_PYTHON, "-m", "venv", "--without-pip", folder], check=True)
    folder.chmod(0o755)
    packages = next(folder.glob("lib/python3*/site-packages"))
    ours = [Path(sysconfig.get_path("purelib")), ROOT / "server"]
    readable = [_readable(path, folder / "copies" / path.name) for path in ours]
    (packages / "ours.pth").write_text("\n".join(map(str, readable)))
    yield folder / "bin" / "python"
    shutil.rmtree(folder)


def _readable(path: Path, copy: Path) -> Path:
    """`path`, or a copy of it where a folder above it is closed to other users."""
    if all(above.stat().st_mode & stat.S_IXOTH for above in path.resolve().parents):
        return path
    return shutil.copytree(path, copy, copy_function=_linked_or_copied)


def _linked_or_copied(source: str, target: str) -> None:
    """A second name for a file is as good as a copy: TensorFlow has a gigabyte of them."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


@pytest.fixture(scope="module")
def separate_pool(public_python: Path) -> Iterator[RunnerPool]:
    pool = RunnerPool(replace(SETTINGS, python=str(public_python)))
    pool.warm()
    yield pool
    pool.close()


class TestOwnUsers:
    def test_each_runner_has_one_without_any_capability(self, separate_pool: RunnerPool) -> None:
        assert separate_pool.protection().own_users
        with separate_pool.bare_runner() as first, separate_pool.bare_runner() as second:
            for runner in (first, second):
                runner.await_ready(time.monotonic() + PATIENCE_SECONDS, threading.Event())
            seen = [_status(runner.pid) for runner in (first, second)]
        assert len({status["Uid"] for status in seen}) == 2
        assert "0" not in {uid for status in seen for uid in status["Uid"].split()}
        for status in seen:
            assert {int(status[name], 16) for name in ("CapEff", "CapPrm", "CapBnd")} == {0}
            assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")

    def test_all_probes_are_contained(self, separate_pool: RunnerPool) -> None:
        results = separate_pool.self_test(thorough=True)
        assert [result for result in results if not result.contained] == []

    def test_models_are_scored(self, separate_pool: RunnerPool, models: Path) -> None:
        outside = (models / "cnn.f4").read_bytes()
        assert predicted(separate_pool, models, "cnn").values.tobytes() == outside


class TestOrdinaryUser:
    def test_is_contained_too(self, public_python: Path) -> None:
        setpriv = shutil.which("setpriv")
        assert setpriv is not None
        as_nobody = [setpriv, "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"]
        done = subprocess.run(
            [*as_nobody, str(public_python), "-c", SELF_TEST],
            capture_output=True, text=True, cwd="/", env={"PATH": os.environ["PATH"]}, check=False,
        )  # fmt: skip
        assert done.stdout.splitlines()[-2:] == [
            f"bomb_threads refused EPERM: [Errno 1] none after {MOST_TASKS - 1} threads",
            "True False True",
        ], done.stdout + done.stderr


class TestRootWithoutOwnUsers:
    def test_counts_as_another_and_reads_as_root(self, pool: RunnerPool) -> None:
        if os.geteuid() != 0 or pool.protection().own_users:
            pytest.skip("only root whose Python nobody else can read runs so")
        with pool.bare_runner() as first, pool.bare_runner() as second:
            for runner in (first, second):
                runner.await_ready(time.monotonic() + PATIENCE_SECONDS, threading.Event())
            seen = [_status(runner.pid) for runner in (first, second)]
        users = [status["Uid"].split() for status in seen]
        assert {user[3] for user in users} == {"0"}
        assert len({tuple(user[:3]) for user in users}) == 2
        assert all("0" not in user[:3] for user in users)
        for status in seen:
            assert {int(status[name], 16) for name in ("CapEff", "CapPrm", "CapBnd")} == {0}


def _status(process: int) -> dict[str, str]:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
