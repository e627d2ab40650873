"""A working folder goes with its process, however that ends."""

import subprocess
import sys
from pathlib import Path

import pytest

from heldout_server.operations.scratch import PREFIX, scratch
from waiting import run_until

HOLDING = """
import sys, time
from pathlib import Path
from heldout_server.operations.scratch import scratch
with scratch(Path(sys.argv[1])) as folder:
    (folder / "heldout.db").write_bytes(b"every row")
    print("ready", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    """A process that has a working folder and does not end."""
    command = [sys.executable, "-c", HOLDING, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


def test_is_private_and_goes_at_the_end(tmp_path: Path) -> None:
    with scratch(tmp_path) as folder:
        assert folder.stat().st_mode & 0o077 == 0
        (folder / "x").write_bytes(b"x")
    assert list(tmp_path.iterdir()) == []


def test_goes_with_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="full"), scratch(tmp_path):
        raise OSError("full")
    assert list(tmp_path.iterdir()) == []


def test_goes_when_its_process_is_killed(tmp_path, holder) -> None:
    assert [path.name for path in tmp_path.glob("*/heldout.db")] == ["heldout.db"]
    holder.kill()
    run_until(lambda: not list(tmp_path.iterdir()))


def test_of_another_process_stays(tmp_path, holder) -> None:
    with scratch(tmp_path):
        assert len(list(tmp_path.glob(f"{PREFIX}*"))) == 2
    assert len(list(tmp_path.glob("*/heldout.db"))) == 1


def test_that_nobody_holds_goes_with_the_next(tmp_path) -> None:
    left = tmp_path / f"{PREFIX}left"
    left.mkdir()
    for name in ("lock", "heldout.db"):
        (left / name).touch()
    with scratch(tmp_path) as folder:
        assert list(tmp_path.iterdir()) == [folder]
