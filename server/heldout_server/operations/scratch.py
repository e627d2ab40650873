"""A working folder that nothing survives: not an error, not a kill, not a machine that stops.

A backup or restore in the making holds the whole database and the labels. Whoever kills it (kill
-9, the kernel out of memory) leaves no time to tidy up, so a process of its own waits for that and
removes the folder. Where both are gone, the next one beside it removes what nobody holds any more.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from heldout_server.kit.file_locks import hold, is_ours

PREFIX = ".heldout-backup-"
LOCK = "lock"
# Ends when the pipe does, which is when we do.
WATCH = "import shutil, sys; sys.stdin.read(); shutil.rmtree(sys.argv[1], ignore_errors=True)"


@contextmanager
def scratch(parent: Path) -> Iterator[Path]:
    """A folder in `parent` for as long as the block lasts, or this process does.

    On the result's own disk: /tmp may be memory, and smaller than the database. Raises OSError.
    """
    _remove_abandoned(parent)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    with (folder / LOCK).open("w") as lock, _watched(folder):
        hold(lock, waiting=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _watched(folder: Path) -> Iterator[None]:
    # In a session of its own: what is sent to our group, such as Ctrl+C, isn't for it.
    command = [sys.executable, "-I", "-c", WATCH, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True) as watcher:  # noqa: S603 our own words
        assert watcher.stdin is not None
        try:
            yield
        finally:
            watcher.stdin.close()


def _remove_abandoned(parent: Path) -> None:
    """Remove our folders that no process holds; one that is being made has no lock yet."""
    for folder in parent.glob(f"{PREFIX}*"):
        try:
            if not is_ours(folder.lstat().st_uid):
                continue
            with (folder / LOCK).open() as lock:
                hold(lock)
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue  # somebody's backup is under way there
