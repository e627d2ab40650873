"""One plain model in an ordinary process, where no kernel shuts it in.

ONNX Runtime alone, on graphs that `lane` writes: nothing of the file is run as a program. The job
is a line on standard input; the answer goes to standard output, as a sandboxed runner gives it.
"""

from __future__ import annotations

import sys

from heldout_runner import protocol
from heldout_runner.engine import imported
from heldout_runner.telling import report, tell


def main() -> None:
    """Read one job, do it, end."""
    output = sys.stdout.buffer
    # Whatever a library prints must not get between the bytes of the answer.
    sys.stdout = sys.stderr

    def write(content: bytes) -> None:
        output.write(content)
        output.flush()

    try:
        job = protocol.Job.from_line(sys.stdin.buffer.readline())
        engine = imported(protocol.ONNXRUNTIME)("cpu", int(sys.argv[1]))
    except BaseException as error:
        report(write, protocol.UNAVAILABLE, error)
        return
    write(protocol.READY)
    tell(job, engine, write)


if __name__ == "__main__":
    main()
