"""Run jobs in one process with TensorFlow, or here in the lane: for tests of what models give."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from heldout_runner import scoring
from heldout_runner.onnx_engine import OnnxEngine
from heldout_runner.protocol import STATUS_CODES, UNSUPPORTED, Header, Job
from heldout_server.prediction.keras_archive import inspect, repack

SCRIPT = Path(__file__).parent / "sandbox" / "score_jobs.py"


@dataclass(frozen=True)
class Scored:
    """A job's header, and the values if there are any."""

    header: Header
    values: np.ndarray

    @property
    def code(self) -> str:
        """`scored`, or the code of the refusal; `unsupported` is left to TensorFlow."""
        if self.header.status == UNSUPPORTED:
            return "unsupported"
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


def run_in_lane(jobs: Iterable[Job]) -> list[Scored]:
    """All jobs, in order, by ONNX Runtime."""
    engine, found = OnnxEngine("cpu", threads=1), []
    for job in jobs:
        header, values = scoring.run(job, engine)
        found.append(
            Scored(header, np.frombuffer(values, "<f4").reshape(-1, max(1, header.columns)))
        )
    return found


def repacked(upload: Path, folder: Path) -> Path:
    """The archive that the server would give to the runner, in `folder`."""
    target = folder / f"{upload.parent.name}-{upload.name}.keras"
    repack(inspect(upload, accept_older=True), target)
    return target


def _scored(header: str, values: str) -> Scored:
    content, said = np.frombuffer(base64.b64decode(values), "<f4"), base64.b64decode(header)
    read = Header.unpack(said)
    return Scored(read, content.reshape(-1, max(1, read.columns)))
