"""Folders that runners read from: one for each, with a user id of its own where there is one."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from heldout_runner.preprocessing import prepared
from heldout_runner.protocol import FLOAT_BYTES
from heldout_runner.variants import NONE, suited

# Above what distributions give to people and services, below systemd's own dynamic range.
FIRST_USER = 52_000
# Mapped inputs count among what a runner may have in all.
MOST_PREPARED_BYTES = 512 << 20
_PREFIX = "heldout-runners-"


@dataclass(frozen=True)
class Slot:
    """A numbered place for one runner. `user` is None where it runs as the server's user."""

    number: int
    folder: Path
    user: int | None


class PoolFolder:
    """The pool's temporary folder: inputs for all runners, a folder for each, scratch space.

    Slots are numbered from `first`: two pools of one server share no user id and no control group.
    """

    def __init__(self, first: int = 0) -> None:
        self._first = first
        _remove_abandoned()
        self.path = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
        # Other users' runners pass through, and find nothing by listing.
        self.path.chmod(0o711)
        self.images = self._made("images", 0o755)
        self.slots = self._made("slots", 0o711)
        self.scratch = self._made("scratch", 0o700)
        self._lock = threading.Lock()
        self._taken: set[int] = set()
        self._numbers = itertools.count()
        self._shared: dict[tuple[str, int, int], Path] = {}
        self._prepared: dict[Path, Path | None] = {}

    def take(self, *, own_users: bool) -> Slot:
        """An empty folder with the lowest free number."""
        with self._lock:
            numbers = range(self._first, self._first + len(self._taken) + 1)
            number = next(n for n in numbers if n not in self._taken)
            self._taken.add(number)
        folder = self.slots / str(number)
        folder.mkdir()
        folder.chmod(0o750)  # whatever the server's umask is
        user = FIRST_USER + number if own_users else None
        if user is not None:
            os.chown(folder, 0, user)
        return Slot(number, folder, user)

    def give_back(self, slot: Slot) -> None:
        """Remove the folder; its runner has ended."""
        shutil.rmtree(slot.folder, ignore_errors=True)
        with self._lock:
            self._taken.discard(slot.number)

    def shared(self, file: Path) -> Path:
        """A copy of `file` where every runner may read it; made once."""
        found = file.stat()
        key = (str(file), found.st_mtime_ns, found.st_size)
        with self._lock:
            if key not in self._shared:
                shared = self.images / f"{next(self._numbers)}{file.suffix}"
                shutil.copyfile(file, shared)
                shared.chmod(0o444)
                self._shared[key] = shared
            return self._shared[key]

    def prepared_inputs(self, inputs: Path) -> Path | None:
        """The same inputs as float32, prepared in the default way; made once for all runners.

        None where they would take too much room: then each runner prepares batch by batch.
        """
        shared = self.shared(inputs)
        with self._lock:
            if shared not in self._prepared:
                self._prepared[shared] = _prepared_file(shared)
            return self._prepared[shared]

    def forget(self, file: Path) -> None:
        """Give back the room that copies of this file take; runners that have them open go on."""
        with self._lock:
            for key in [key for key in self._shared if key[0] == str(file)]:
                shared = self._shared.pop(key)
                floats = self._prepared.pop(shared, None)
                for path in filter(None, (shared, floats)):
                    path.unlink(missing_ok=True)

    def remove(self) -> None:
        """Remove it all."""
        shutil.rmtree(self.path, ignore_errors=True)

    def _made(self, name: str, mode: int) -> Path:
        folder = self.path / name
        folder.mkdir()
        folder.chmod(mode)
        return folder


def _prepared_file(inputs: Path) -> Path | None:
    raw = np.load(inputs, mmap_mode="r")
    default = suited(raw.dtype.name)[0]
    if default == NONE and raw.dtype == np.float32:
        return inputs
    if raw.size * FLOAT_BYTES > MOST_PREPARED_BYTES:
        return None
    floats = inputs.with_name(f"{inputs.stem}-prepared.npy")
    np.save(floats, prepared(raw, default))
    floats.chmod(0o444)
    return floats


def _remove_abandoned() -> None:
    """Remove the folders of our user's servers that were killed before they could."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*"):
        process = folder.name.removeprefix(_PREFIX).partition("-")[0]
        # Another server that starts now may remove it first.
        with contextlib.suppress(FileNotFoundError):
            if (
                process.isdigit()
                and folder.lstat().st_uid == os.geteuid()
                and not Path(f"/proc/{process}").exists()
            ):
                shutil.rmtree(folder, ignore_errors=True)
