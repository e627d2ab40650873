"""`python score_jobs.py < JOBS`: run jobs, one a line, outside the sandbox; one JSON a line out.

A process of its own, since the tests' process must not import TensorFlow; without the sandbox,
so that a test is about the numbers alone. For files that the tests made themselves.
"""

from __future__ import annotations

import base64
import json
import sys

from heldout_runner import scoring
from heldout_runner.protocol import Job
from heldout_runner.tensorflow_engine import TensorFlowEngine

if __name__ == "__main__":
    engine = TensorFlowEngine("cpu", threads=1)
    for line in sys.stdin:
        header, values = scoring.run(Job.from_line(line.encode()), engine)
        parts = [base64.b64encode(part).decode() for part in (header.pack(), values)]
        sys.stdout.write(json.dumps(parts) + "\n")
