"""Run jobs in one process with TensorFlow, for tests of what models give."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from heldout_runner.protocol import STATUS_CODES, Header, Job
from heldout_server.prediction.keras_archive import inspect, repack

SCRIPT = Path(__file__).parent / "sandbox" / "score_jobs.py"


@dataclass(frozen=True)
class Scored:
    """A job's header, and the values if there are any."""

    header: Header
    values: np.ndarray

    @property
    def code(self) -> str:
        """`scored`, or the code of the refusal."""
        return STATUS_CODES.get(self.header.status, "scored")

    @property
    def labels(self) -> np.ndarray:
        return self.values.argmax(axis=1)


def run_jobs(jobs: Iterable[Job]) -> list[Scored]:
    """All jobs, in order, in one process."""
    lines = b"".join(job.to_line() for job in jobs)
    done = subprocess.run([sys.executable, SCRIPT], input=lines, capture_output=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return [_scored(*json.loads(line)) for line in done.stdout.splitlines()]


def repacked(upload: Path, folder: Path) -> Path:
    """The archive that the server would give to the runner, in `folder`."""
    target = folder / f"{upload.parent.name}-{upload.name}.keras"
    repack(inspect(upload, accept_older=True), target)
    return target


def _scored(header: str, values: str) -> Scored:
    content = np.frombuffer(base64.b64decode(values), "<f4")
    return Scored(Header.unpack(base64.b64decode(header)), content.reshape(-1, 10))
